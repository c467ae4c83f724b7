//! The only place that asks the machine for the time and for randomness; tests set both.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand;

pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    /// Set by a test, milliseconds UTC.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// Milliseconds since 1970, UTC.
    pub fn now_ms(&self) -> i64 {
        match self {
            Clock::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)),
            Clock::Set(now) => now.load(Ordering::Relaxed),
        }
    }
}

/// Bytes nobody can guess.
///
/// Errors: `Internal` when the system gives none, which does not happen on a working machine.
pub fn random<const N: usize>() -> crate::Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| crate::Error::internal("the system gives no random bytes"))?;
    Ok(bytes)
}

/// Sixteen bits for an id; 0 if the system gives none (the id then only is easier to guess).
pub fn random_u16() -> u16 {
    random().map_or(0, u16::from_le_bytes)
}
