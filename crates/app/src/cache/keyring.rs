//! Keys of ours, parsed and ready to sign.

use std::sync::Arc;

use quick_cache::sync::Cache;
use store::AccountId;
use tokio::sync::Semaphore;
use wire::signature::SigningKey;

/// Keys of ours that are kept parsed; the longest unused go.
const OWN_MAX: usize = 1_000;
/// Key pairs made at once: each takes a core for a while.
const MADE_AT_ONCE: usize = 1;

/// A key of ours, ready to sign.
#[derive(Debug)]
pub struct Own {
    /// Where others find it.
    pub id: String,
    pub public_key_pem: String,
    pub(crate) key: SigningKey,
}

/// Keys in memory.
pub(crate) struct Keyring {
    pub(crate) own: Cache<AccountId, Arc<Own>>,
    pub(crate) making: Semaphore,
}

impl Default for Keyring {
    fn default() -> Keyring {
        Keyring { own: Cache::new(OWN_MAX), making: Semaphore::new(MADE_AT_ONCE) }
    }
}
