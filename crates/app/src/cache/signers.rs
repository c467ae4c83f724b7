//! Keys of others, parsed, and those that could not be had.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;
use store::AccountId;
use wire::signature::PublicKey;

/// Keys of others that are kept parsed; the longest unused go.
const KNOWN_MAX: usize = 5_000;
/// Actors remembered whose keys were written; when there are more, all parsed keys are looked at again.
const CHANGED_MAX: usize = 10_000;
/// Keys and hosts remembered that gave no key, and how long each is.
const FAILED_MAX: usize = 20_000;
const FAILED_MS: i64 = 5 * 60_000;

/// Somebody who signed.
#[derive(Debug)]
pub struct Signer {
    pub account: AccountId,
    /// The actor.
    pub uri: String,
    pub domain: String,
    pub(crate) key: PublicKey,
    pub(crate) read_at_ms: i64,
    /// Of [`Signers::count`], when its row was about to be read.
    pub(crate) number: u64,
}

/// What is remembered of others' keys.
pub(crate) struct Signers {
    pub(crate) known: Cache<String, Arc<Signer>>,
    /// Actors whose keys were written, by the count at that time.
    changed: Mutex<HashMap<AccountId, u64>>,
    /// When what was asked in vain may be asked again, milliseconds UTC: `key …`, `unwell …`, `host …`, `refresh …`.
    failed: Cache<String, i64>,
    count: AtomicU64,
    /// What was read before this of [`Signers::count`] is not used any more.
    since: AtomicU64,
}

impl Default for Signers {
    fn default() -> Signers {
        Signers {
            known: Cache::new(KNOWN_MAX),
            changed: Mutex::default(),
            failed: Cache::new(FAILED_MAX),
            count: AtomicU64::new(1),
            since: AtomicU64::new(0),
        }
    }
}

impl Signers {
    fn changed(&self) -> MutexGuard<'_, HashMap<AccountId, u64>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for what is read after this: see [`Signers::is_changed`].
    pub(crate) fn next(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// The keys of an actor have been written: those in memory are not used any more.
    pub(crate) fn forget(&self, account: AccountId) {
        let mut changed = self.changed();
        if changed.len() >= CHANGED_MAX {
            changed.clear();
            self.forget_all();
        }
        changed.insert(account, self.next());
    }

    /// As [`Signers::forget`], of all actors.
    pub(crate) fn forget_all(&self) {
        self.since.store(self.next() + 1, Ordering::Relaxed);
    }

    /// Whether an account's keys may have been written since they were read, with this number.
    pub(crate) fn is_changed(&self, account: AccountId, number: u64) -> bool {
        // In this order: what is taken out of the map is covered by `since` before it can be missed.
        let changed = self.changed();
        number < self.since.load(Ordering::Relaxed) || changed.get(&account).is_some_and(|written| *written >= number)
    }

    pub(crate) fn has_failed(&self, what: &str, now_ms: i64) -> bool {
        self.failed.get(what).is_some_and(|until| now_ms < until)
    }

    pub(crate) fn fail(&self, what: String, now_ms: i64) {
        self.failed.insert(what, now_ms.saturating_add(FAILED_MS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_never_taken_for_unchanged() {
        let signers = Signers::default();
        let (one, other) = (AccountId(1), AccountId(2));
        let before = signers.next();
        assert!(!signers.is_changed(one, before));
        signers.forget(one);
        assert!(signers.is_changed(one, before) && !signers.is_changed(other, before));
        let after = signers.next();
        assert!(!signers.is_changed(one, after));
        for id in 0..CHANGED_MAX as i64 {
            signers.forget(AccountId(1_000 + id));
        }
        assert!(signers.is_changed(one, before), "though its change is no longer remembered");
        assert!(signers.is_changed(other, after), "all are looked at again");
        assert!(!signers.is_changed(other, signers.next()));
        signers.forget_all();
        assert!(signers.is_changed(other, after) && !signers.is_changed(other, signers.next()));
    }
}
