//! Media of other servers: what is on its way, and what could not be had.

use std::collections::HashMap;
use std::sync::Mutex;

use quick_cache::sync::Cache;
use tokio::sync::watch;

use crate::urls::remote::{Variant, What};

/// Things remembered that could not be had.
const MISSES_REMEMBERED: usize = 20_000;

/// Why there is nothing to be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// There is no such thing, or it is not to be shown, or it is not what it should be.
    #[error("it is not there")]
    Gone,
    /// Its server does not answer, or not well, it rests, or it must not be asked.
    #[error("its server does not answer")]
    Unreachable,
    /// Too much is asked for, or something of ours fails.
    #[error("another time")]
    Later,
}

/// A thing from one place in one form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) what: What,
    pub(crate) id: i64,
    pub(crate) variant: Variant,
    pub(crate) tag: String,
}

pub(crate) type Landed = std::result::Result<(), Missing>;

/// What the process knows of media of other servers.
pub struct Remote {
    /// Being fetched now: each once, however many wait.
    pub(crate) flights: Mutex<HashMap<Key, watch::Receiver<Option<Landed>>>>,
    /// What could not be had, and until when that holds.
    pub(crate) misses: Cache<Key, (Missing, i64)>,
    /// Bytes stored, once they are counted. Held while files come and go, so that the budget holds.
    pub(crate) used: tokio::sync::Mutex<Option<i64>>,
}

impl Default for Remote {
    fn default() -> Remote {
        Remote { flights: Mutex::default(), misses: Cache::new(MISSES_REMEMBERED), used: tokio::sync::Mutex::default() }
    }
}
