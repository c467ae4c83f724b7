//! What access tokens open, remembered for a moment.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;
use store::{AccountId, ApplicationId, TokenId, UserId};

use crate::scopes::Scopes;
use crate::{Error, Result, Viewer, Words};

/// What tokens open that is remembered, and how long each may be.
const REMEMBERED_MAX: usize = 10_000;
const REMEMBERED_MS: i64 = 5_000;

/// What a token opens.
#[derive(Clone, Debug)]
pub struct Access {
    pub token_id: TokenId,
    pub application_id: ApplicationId,
    pub scopes: Scopes,
    /// `None` for an application's own token.
    pub user: Option<User>,
}

/// The person behind a token, who may not be let in yet.
#[derive(Clone, Debug)]
pub struct User {
    pub viewer: Viewer,
    pub confirmed: bool,
    pub approved: bool,
    pub disabled: bool,
}

/// What tokens open, by their hashes, with when it was read.
pub(crate) struct Tokens {
    known: Cache<Vec<u8>, (Arc<Access>, i64)>,
    /// How often something was forgotten.
    forgotten: AtomicU64,
}

impl Default for Tokens {
    fn default() -> Tokens {
        Tokens { known: Cache::new(REMEMBERED_MAX), forgotten: AtomicU64::new(0) }
    }
}

impl Tokens {
    pub(crate) fn find(&self, hash: &[u8], now_ms: i64) -> Option<Arc<Access>> {
        let (access, read_at_ms) = self.known.get(hash)?;
        (0..REMEMBERED_MS).contains(&(now_ms - read_at_ms)).then_some(access)
    }

    /// Taken before a token is read, for [`Tokens::insert`].
    pub(crate) fn turn(&self) -> u64 {
        self.forgotten.load(Ordering::SeqCst)
    }

    /// Remembers what was read after `turn` was taken, unless something was forgotten since: it may be older than that.
    pub(crate) fn insert(&self, hash: Vec<u8>, access: Arc<Access>, now_ms: i64, turn: u64) {
        self.known.insert(hash.clone(), (access, now_ms));
        if self.turn() != turn {
            self.known.remove(&hash);
        }
    }

    /// Forgets these tokens at once, because they were revoked.
    pub(crate) fn forget(&self, ids: &[TokenId]) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.retain(|_, (access, _)| !ids.contains(&access.token_id));
    }

    /// Forgets all tokens of an account, because what it may do has changed.
    pub(crate) fn forget_account(&self, account: AccountId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.retain(|_, (access, _)| access.user.as_ref().is_none_or(|user| user.viewer.account_id != account));
    }

    /// Forgets all tokens, because a revocation may have been missed.
    pub(crate) fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.clear();
    }
}

impl Access {
    /// The person, if they may act.
    ///
    /// Errors in Mastodon's order: no user, unconfirmed, unapproved, disabled.
    pub fn viewer(&self) -> Result<&Viewer> {
        let user = self.user.as_ref().ok_or_else(|| Error::refused("error-user-required"))?;
        let refusal = if !user.confirmed {
            "error-unconfirmed"
        } else if !user.approved {
            "error-pending"
        } else if user.disabled {
            "error-disabled"
        } else {
            return Ok(&user.viewer);
        };
        Err(Error::Forbidden(Words::new(refusal)))
    }
}

/// Who was here since the last time it was written down.
#[derive(Default)]
pub(crate) struct Seen {
    pub tokens: HashMap<TokenId, UserId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_something_was_forgotten_is_not_remembered() {
        let tokens = Tokens::default();
        let access = || Arc::new(Access { token_id: TokenId(1), application_id: ApplicationId(1), scopes: Scopes::read("read"), user: None });
        let turn = tokens.turn();
        tokens.insert(vec![1], access(), 0, turn);
        assert!(tokens.find(&[1], 0).is_some());
        tokens.forget(&[TokenId(1)]);
        assert!(tokens.find(&[1], 0).is_none());
        tokens.insert(vec![1], access(), 0, turn);
        assert!(tokens.find(&[1], 0).is_none(), "read before it was revoked");
    }
}
