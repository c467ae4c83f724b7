//! From an access token to who is asking.

use std::sync::Arc;

use quick_cache::sync::Cache;
use store::oauth::{self, Token};
use store::{ApplicationId, TokenId, users};

use crate::app::Seen;
use crate::oauth::scopes::Scopes;
use crate::viewer::Preferences;
use crate::{App, Error, Result, Viewer, Words, secrets, timelines};

/// A token is noted as used at most this often.
const NOTE_EVERY_MS: i64 = 60 * 60 * 1000;
/// Uses remembered before they are written down; more are forgotten.
const SEEN_MAX: usize = 10_000;
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
pub(crate) struct Tokens(Cache<Vec<u8>, (Arc<Access>, i64)>);

impl Default for Tokens {
    fn default() -> Tokens {
        Tokens(Cache::new(REMEMBERED_MAX))
    }
}

impl Tokens {
    fn find(&self, hash: &[u8], now_ms: i64) -> Option<Arc<Access>> {
        let (access, read_at_ms) = self.0.get(hash)?;
        (0..REMEMBERED_MS).contains(&(now_ms - read_at_ms)).then_some(access)
    }
}

/// What `token` opens.
///
/// Errors: `Unauthorized` when it is unknown or revoked.
pub async fn access(app: &App, token: &str) -> Result<Arc<Access>> {
    let hash = secrets::hash(token);
    if let Some(access) = app.tokens.find(&hash, app.now_ms()) {
        return Ok(access);
    }
    let (key, now) = (hash.clone(), app.now_ms());
    let found = app.read(move |r| async move { Ok(oauth::find_token(&r, &key).await?) }).await?;
    let token = found.ok_or_else(Error::unauthorized)?;
    if token.revoked_at.is_some() {
        return Err(Error::Unauthorized(Words::new("error-revoked")));
    }
    welcome_back(app, &token).await?;
    note_use(app, &token);
    let access = Arc::new(read(token));
    app.tokens.0.insert(hash, (access.clone(), now));
    Ok(access)
}

/// Forgets these tokens at once, because they were revoked.
pub fn forget(app: &App, ids: &[TokenId]) {
    app.tokens.0.retain(|_, (access, _)| !ids.contains(&access.token_id));
}

/// Forgets all tokens of an account, because what it may do has changed.
pub fn forget_account(app: &App, account: store::AccountId) {
    app.tokens.0.retain(|_, (access, _)| access.user.as_ref().is_none_or(|user| user.viewer.account_id != account));
}

/// Forgets all tokens, because a revocation may have been missed.
pub fn forget_all(app: &App) {
    app.tokens.0.clear();
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

fn read(token: Token) -> Access {
    let scopes = Scopes::read(&token.scopes);
    let user = match (token.user_id, token.account_id) {
        (Some(user_id), Some(account_id)) => Some(User {
            confirmed: token.confirmed.unwrap_or(false),
            approved: token.approved.unwrap_or(false),
            disabled: token.disabled.unwrap_or(false) || token.suspended.unwrap_or(false),
            viewer: Viewer {
                account_id,
                user_id,
                username: token.username.unwrap_or_default().into(),
                token_id: Some(token.id),
                application_id: Some(token.application_id),
                scopes: scopes.clone(),
                locale: token.locale.map(Into::into),
                silenced: token.silenced.unwrap_or(false),
                preferences: Preferences::read(&token.settings.unwrap_or_default(), token.locked.unwrap_or(false)),
            },
        }),
        _ => None,
    };
    Access { token_id: token.id, application_id: token.application_id, scopes, user }
}

/// Rebuilds the home feed of somebody who was away so long that it was dropped, before anything comes into it.
async fn welcome_back(app: &App, token: &Token) -> Result<()> {
    let (Some(user), Some(account)) = (token.user_id, token.account_id) else { return Ok(()) };
    if token.last_active_at.is_some_and(|at| at > app.active_since()) {
        return Ok(());
    }
    let active_since = app.active_since();
    app.write(move |tx| async move { timelines::welcome_back(&tx, user, account, active_since).await }).await
}

fn note_use(app: &App, token: &Token) {
    let now = app.now_ms();
    let stale = |at: Option<i64>| at.is_none_or(|at| now - at > NOTE_EVERY_MS);
    if !stale(token.last_used_at) && (token.user_id.is_none() || !stale(token.last_active_at)) {
        return;
    }
    let mut seen = app.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if seen.tokens.len() < SEEN_MAX {
        seen.tokens.insert(token.id, token.user_id.unwrap_or_default());
    }
}

/// Writes down who was here, all in one transaction.
pub async fn write_down_seen(app: &App) -> Result<()> {
    let Seen { tokens } = std::mem::take(&mut *app.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    if tokens.is_empty() {
        return Ok(());
    }
    let (mut tokens, mut users): (Vec<_>, Vec<_>) = tokens.into_iter().unzip();
    tokens.sort();
    users.sort();
    users.dedup();
    app.write(move |tx| async move {
        oauth::touch_tokens(&tx, &tokens).await?;
        users::touch(&tx, &users).await?;
        Ok(())
    })
    .await
}
