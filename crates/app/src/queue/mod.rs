//! What jobs are about: their payloads as plain structs, and how they are enqueued. What a job does stands in
//! `jobs`, which knows all that is below; whoever enqueues one does not know its body.

mod accounts;
mod fetching;
mod incoming;
mod mail;
mod media;
mod notifications;
mod outgoing;
mod payload;
mod search;
mod statuses;
mod upkeep;

use store::Tx;
use store::jobs::{self, NewJob};

pub use accounts::*;
pub use fetching::*;
pub use incoming::*;
pub use mail::*;
pub use media::*;
pub use notifications::*;
pub use outgoing::*;
pub use payload::Payload;
pub use search::*;
pub use statuses::*;
pub use upkeep::*;

use crate::{Error, Result, request};

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Again after a growing pause, until its tries are used up.
    Retry(String),
    /// Again after so many milliseconds.
    RetryAfter(i64, String),
    /// It was not its turn: again after so many milliseconds, and this try is not counted.
    Postpone(i64, String),
    /// Never again, and no dead letter: there is nothing to be done.
    Discard(String),
}

/// Enqueues `job`; it exists if and only if `tx` commits.
pub async fn enqueue<J: Payload>(tx: &Tx, job: &J) -> Result<()> {
    enqueue_in(tx, job, 0).await
}

/// As [`enqueue`], due in `delay_ms`.
pub async fn enqueue_in<J: Payload>(tx: &Tx, job: &J, delay_ms: i64) -> Result<()> {
    let payload = serde_json::to_string(job).map_err(Error::internal)?;
    let new = NewJob { kind: J::KIND, payload, lane: J::LANE, delay_ms, unique_key: job.unique_key(), request_id: request::id() };
    jobs::enqueue(tx, new).await?;
    Ok(())
}
