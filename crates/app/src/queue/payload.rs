//! What a kind of job is called, and where it waits.

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::jobs::Lane;

/// A kind of job.
pub trait Payload: Serialize + DeserializeOwned + Send + 'static {
    const KIND: &'static str;
    const LANE: Lane;
    /// After so many failures it becomes a dead letter.
    const TRIES: i64 = 12;

    /// While a job of this kind and key waits, another is not enqueued.
    fn unique_key(&self) -> Option<String> {
        None
    }
}
