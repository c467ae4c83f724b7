//! The job table: enqueued in the transaction that causes them, claimed and finished in batches.
//!
//! A claimed job is one whose `run_at` lies in the future by its lease: when the worker dies, it
//! becomes due again by itself. `lease` holds the claim's number, so that a worker that lost its
//! lease cannot finish the job for the one that took it over.

use crate::{JobId, Result, Tx, Value, args, record, sql};

/// Which workers run a job. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// What a person waits for: feeds, notifications.
    Interactive = 0,
    /// What other servers sent.
    Ingress = 1,
    /// Sending to other servers.
    Deliver = 2,
    /// Fetching from other servers.
    Fetch = 3,
    /// Pictures, sound and video.
    Media = 4,
    Mail = 5,
    /// Long work without hurry: clean-up, imports.
    Bulk = 6,
}

impl Lane {
    pub const ALL: [Lane; 7] = [Lane::Interactive, Lane::Ingress, Lane::Deliver, Lane::Fetch, Lane::Media, Lane::Mail, Lane::Bulk];

    /// The lane's name in configuration, metrics and the CLI.
    pub fn name(self) -> &'static str {
        match self {
            Lane::Interactive => "interactive",
            Lane::Ingress => "ingress",
            Lane::Deliver => "deliver",
            Lane::Fetch => "fetch",
            Lane::Media => "media",
            Lane::Mail => "mail",
            Lane::Bulk => "bulk",
        }
    }

    fn number(self) -> i64 {
        self as i64
    }
}

/// A job to be enqueued.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub kind: &'static str,
    /// JSON with ids, not objects.
    pub payload: String,
    pub lane: Lane,
    /// Milliseconds from now.
    pub delay_ms: i64,
    /// While a job of this kind and key is queued and not yet claimed, another is not enqueued.
    pub unique_key: Option<String>,
    /// The request that caused it, for the log.
    pub request_id: Option<String>,
}

record! {
    /// A job in a worker's hands.
    pub struct Claimed {
        pub id: JobId,
        pub kind: String,
        pub payload: String,
        /// 1 at the first try.
        pub attempts: i64,
        pub request_id: Option<String>,
        pub created_at: i64,
    }
}

record! {
    /// A lane's numbers for `/metrics` and the CLI.
    pub struct LaneCount {
        pub lane: i64,
        pub queued: i64,
        /// When the oldest due or future job runs, milliseconds UTC.
        pub oldest_run_at: Option<i64>,
    }
}

/// Enqueues `job` in this transaction; false if an equal one is already queued.
pub async fn enqueue(tx: &Tx, job: NewJob) -> Result<bool> {
    let now = tx.now();
    let added = tx
        .exec(
            sql!(
                "INSERT INTO jobs (id, kind, payload, lane, run_at, unique_key, request_id, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL DO NOTHING"
            ),
            args![tx.next_id(), job.kind, job.payload, job.lane, now + job.delay_ms, job.unique_key, job.request_id, now],
        )
        .await?;
    if added > 0 && job.delay_ms == 0 {
        tx.wake(job.lane as u32);
    }
    Ok(added > 0)
}

/// Takes up to `limit` due jobs of `lane` for `lease_ms`. Returns the claim's number and the jobs.
pub async fn claim(tx: &Tx, lane: Lane, limit: i64, lease_ms: i64) -> Result<(i64, Vec<Claimed>)> {
    let (now, lease) = (tx.now(), tx.next_id());
    let jobs = tx
        .all(
            sql!(
                "UPDATE jobs SET run_at = $1, lease = $2, attempts = attempts + 1, unique_key = NULL
                  WHERE id IN (SELECT id FROM jobs WHERE lane = $3 AND run_at <= $4 AND dead_at IS NULL
                                ORDER BY run_at, id LIMIT $5 FOR UPDATE SKIP LOCKED)
                  RETURNING id, kind, payload, attempts, request_id, created_at"
            ),
            args![now + lease_ms, lease, lane.number(), now, limit],
        )
        .await?;
    Ok((lease, jobs))
}

/// Removes finished jobs of the claim `lease`.
pub async fn complete(tx: &Tx, lease: i64, ids: &[JobId]) -> Result<u64> {
    tx.exec(sql!("DELETE FROM jobs WHERE id = ANY($1) AND lease = $2"), args![ids, lease]).await
}

/// Puts a job back to run again in `delay_ms`.
pub async fn retry(tx: &Tx, lease: i64, id: JobId, delay_ms: i64, error: &str) -> Result<u64> {
    tx.exec(
        sql!("UPDATE jobs SET run_at = $1, lease = NULL, last_error = $2 WHERE id = $3 AND lease = $4"),
        args![tx.now() + delay_ms, error, id, lease],
    )
    .await
}

/// Puts unfinished jobs back as if they had not been claimed, to run in `delay_ms`.
pub async fn give_back(tx: &Tx, lease: i64, ids: &[JobId], delay_ms: i64) -> Result<u64> {
    tx.exec(
        sql!("UPDATE jobs SET run_at = $1, lease = NULL, attempts = attempts - 1 WHERE id = ANY($2) AND lease = $3"),
        args![tx.now() + delay_ms, ids, lease],
    )
    .await
}

/// Makes every claimed job due again. Only for a process that knows that no other worker lives.
pub async fn give_back_all(tx: &Tx) -> Result<u64> {
    tx.exec(sql!("UPDATE jobs SET run_at = $1, lease = NULL WHERE lease IS NOT NULL AND dead_at IS NULL"), args![tx.now()]).await
}

/// Lengthens the lease of jobs that still run.
pub async fn extend(tx: &Tx, lease: i64, ids: &[JobId], lease_ms: i64) -> Result<u64> {
    tx.exec(sql!("UPDATE jobs SET run_at = $1 WHERE id = ANY($2) AND lease = $3"), args![tx.now() + lease_ms, ids, lease]).await
}

/// Lays a job among the dead letters, where it is kept and seen.
pub async fn bury(tx: &Tx, lease: i64, id: JobId, error: &str) -> Result<u64> {
    tx.exec(sql!("UPDATE jobs SET dead_at = $1, lease = NULL, last_error = $2 WHERE id = $3 AND lease = $4"), args![tx.now(), error, id, lease]).await
}

/// Queues dead letters again: one, or all with `None`. Returns how many.
pub async fn revive(tx: &Tx, id: Option<JobId>) -> Result<u64> {
    let revived: Vec<i64> = tx
        .column(
            sql!(
                "UPDATE jobs SET dead_at = NULL, attempts = 0, run_at = $1
                  WHERE dead_at IS NOT NULL AND (CAST($2 AS BIGINT) IS NULL OR id = $2) RETURNING lane"
            ),
            args![tx.now(), id],
        )
        .await?;
    for lane in &revived {
        tx.wake(u32::try_from(*lane).unwrap_or_default().min(31));
    }
    Ok(revived.len() as u64)
}

/// Deletes dead letters older than `before` (milliseconds UTC), at most `limit`.
pub async fn delete_dead(tx: &Tx, before: i64, limit: i64) -> Result<u64> {
    tx.exec(sql!("DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE dead_at IS NOT NULL AND dead_at < $1 LIMIT $2)"), args![before, limit])
        .await
}

/// When the next job of `lane` is due, milliseconds UTC.
pub async fn next_due(r: &crate::Reader, lane: Lane) -> Result<Option<i64>> {
    Ok(r.value(sql!("SELECT MIN(run_at) FROM jobs WHERE lane = $1 AND dead_at IS NULL"), args![lane.number()]).await?.flatten())
}

/// How many jobs wait or run, by lane.
pub async fn counts(r: &crate::Reader) -> Result<Vec<LaneCount>> {
    r.all(sql!("SELECT lane, COUNT(*), MIN(run_at) FROM jobs WHERE dead_at IS NULL GROUP BY lane ORDER BY lane"), args![]).await
}

/// How many dead letters there are.
pub async fn count_dead(r: &crate::Reader) -> Result<i64> {
    Ok(r.value(sql!("SELECT COUNT(*) FROM jobs WHERE dead_at IS NOT NULL"), args![]).await?.unwrap_or(0))
}

record! {
    /// A dead letter as the CLI shows it.
    pub struct Dead {
        pub id: JobId,
        pub kind: String,
        pub payload: String,
        pub attempts: i64,
        pub last_error: Option<String>,
        pub dead_at: i64,
    }
}

/// The newest dead letters.
pub async fn list_dead(r: &crate::Reader, limit: i64) -> Result<Vec<Dead>> {
    r.all(
        sql!("SELECT id, kind, payload, attempts, last_error, dead_at FROM jobs WHERE dead_at IS NOT NULL ORDER BY dead_at DESC LIMIT $1"),
        args![limit],
    )
    .await
}

impl From<Lane> for Value {
    fn from(lane: Lane) -> Self {
        Value::I64(lane.number())
    }
}
