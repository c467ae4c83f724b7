//! The workers: each lane claims a batch, runs it side by side, and finishes it in one transaction.

use std::time::Duration;

use store::JobId;
use store::jobs::{self, Claimed, Lane};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{KINDS, Outcome};
use crate::clock::random_u16;
use crate::federation::engine;
use crate::{App, Result, request};

/// How long a claimed job is a worker's own; extended while it runs.
const LEASE_MS: i64 = 60_000;
const EXTEND_EVERY: Duration = Duration::from_secs(20);
/// The longest sleep without a bell: jobs of other nodes and jobs due later are found by then.
const IDLE: Duration = Duration::from_secs(5);
/// How long a stop waits for running jobs before it gives them back.
const STOP_PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 8 });
const RETRY_BASE_MS: i64 = 1_000;
const RETRY_MAX_MS: i64 = 6 * 60 * 60 * 1000;
const ERROR_CHARS: usize = 500;

/// Jobs of a lane run side by side.
fn at_once(lane: Lane) -> i64 {
    match lane {
        Lane::Interactive => 32,
        Lane::Ingress | Lane::Fetch => 16,
        Lane::Deliver => 64,
        Lane::Media => 2,
        Lane::Mail => 4,
        Lane::Bulk => 2,
    }
}

/// Running workers, one task a lane.
pub struct Workers {
    tasks: JoinSet<()>,
}

impl Workers {
    /// Starts the workers of every lane that has a kind of job, and what sends to other servers.
    pub fn start(app: &App, stop: &CancellationToken) -> Workers {
        let mut tasks = JoinSet::new();
        for lane in Lane::ALL.into_iter().filter(|lane| KINDS.iter().any(|kind| kind.lane == *lane)) {
            tasks.spawn(work(app.clone(), lane, stop.clone()));
        }
        tasks.spawn(engine::run(app.clone(), stop.clone()));
        Workers { tasks }
    }

    /// Waits for the workers to end, after their token was cancelled.
    pub async fn stopped(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn work(app: App, lane: Lane, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match run_batch(&app, lane, &stop).await {
            Ok(count) if count == at_once(lane) => {}
            Ok(_) => {
                tokio::select! {
                    () = app.woken(lane) => {}
                    () = tokio::time::sleep(pause(&app, lane).await) => {}
                    () = stop.cancelled() => {}
                }
            }
            Err(error) => {
                tracing::warn!(lane = lane.name(), %error, "jobs cannot be claimed; trying again");
                tokio::select! {
                    () = tokio::time::sleep(IDLE) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }
}

/// Until the next job of the lane is due, at most [`IDLE`].
async fn pause(app: &App, lane: Lane) -> Duration {
    let due = app.read(move |r| async move { Ok(jobs::next_due(&r, lane).await?) }).await.ok().flatten();
    match due {
        Some(due) => Duration::from_millis((due - app.now_ms()).max(0).unsigned_abs()).min(IDLE),
        None => IDLE,
    }
}

/// Claims what is due in a lane, runs it and finishes it. Returns how many jobs ran.
pub async fn run_due(app: &App, lane: Lane) -> Result<i64> {
    run_batch(app, lane, &CancellationToken::new()).await
}

/// Runs all due jobs of all lanes until none is left (for tests and the CLI).
pub async fn drain(app: &App) -> Result<()> {
    loop {
        let mut ran = 0;
        for lane in Lane::ALL {
            ran += run_due(app, lane).await?;
        }
        ran += engine::run_due(app).await? as i64;
        if ran == 0 {
            return Ok(());
        }
    }
}

async fn run_batch(app: &App, lane: Lane, stop: &CancellationToken) -> Result<i64> {
    let limit = at_once(lane);
    let any = app.read(move |r| async move { Ok(jobs::next_due(&r, lane).await?) }).await?;
    if any.is_none_or(|due| due > app.now_ms()) {
        return Ok(0);
    }
    let (lease, claimed) = app.write(move |tx| async move { Ok(jobs::claim(&tx, lane, limit, LEASE_MS).await?) }).await?;
    let count = claimed.len() as i64;
    if claimed.is_empty() {
        return Ok(0);
    }
    let (finished, unfinished) = run_all(app, lease, claimed, stop).await;
    finish(app, lease, finished, unfinished).await?;
    Ok(count)
}

async fn run_all(app: &App, lease: i64, claimed: Vec<Claimed>, stop: &CancellationToken) -> (Vec<(Claimed, Outcome)>, Vec<JobId>) {
    let mut running = JoinSet::new();
    let mut waiting: std::collections::HashMap<tokio::task::Id, Claimed> = std::collections::HashMap::new();
    for job in claimed {
        let handle = running.spawn(run_one(app.clone(), job.clone()));
        waiting.insert(handle.id(), job);
    }
    let mut finished = Vec::new();
    let mut extend = tokio::time::interval(EXTEND_EVERY);
    extend.tick().await;
    let give_up = async {
        stop.cancelled().await;
        tokio::time::sleep(STOP_PATIENCE).await;
    };
    tokio::pin!(give_up);
    while !waiting.is_empty() {
        tokio::select! {
            Some(done) = running.join_next_with_id() => {
                let (id, outcome) = match done {
                    Ok((id, outcome)) => (id, outcome),
                    Err(error) => (error.id(), Outcome::Retry("the job panicked".into())),
                };
                if let Some(job) = waiting.remove(&id) {
                    finished.push((job, outcome));
                }
            }
            _ = extend.tick() => {
                let ids: Vec<JobId> = waiting.values().map(|job| job.id).collect();
                let extended = app.write(move |tx| async move { Ok(jobs::extend(&tx, lease, &ids, LEASE_MS).await?) }).await;
                if let Err(error) = extended {
                    tracing::warn!(%error, "the lease of running jobs could not be extended");
                }
            }
            () = &mut give_up => break,
        }
    }
    running.abort_all();
    (finished, waiting.into_values().map(|job| job.id).collect())
}

async fn run_one(app: App, job: Claimed) -> Outcome {
    let Some(kind) = KINDS.iter().find(|kind| kind.name == job.kind) else {
        return Outcome::RetryAfter(RETRY_MAX_MS, format!("this version knows no job {}", job.kind));
    };
    if job.attempts > kind.tries {
        // Its last try never ended: whatever ended the process shall not do so again and again.
        return Outcome::Retry("the process ended while the job ran".into());
    }
    metrics::histogram!("ferrodon_job_wait_seconds", "kind" => kind.name).record((app.now_ms() - job.created_at).max(0) as f64 / 1000.0);
    let run = (kind.run)(app, job.payload);
    let outcome = request::within(job.request_id, run).await;
    outcome.unwrap_or_else(|error| Outcome::Retry(error.to_string()))
}

async fn finish(app: &App, lease: i64, finished: Vec<(Claimed, Outcome)>, unfinished: Vec<JobId>) -> Result<()> {
    for (job, outcome) in &finished {
        let result = match outcome {
            Outcome::Done => "done",
            Outcome::Retry(_) | Outcome::RetryAfter(..) => "retry",
            Outcome::Discard(_) => "discard",
        };
        metrics::counter!("ferrodon_jobs_total", "kind" => job.kind.clone(), "result" => result).increment(1);
        if let Outcome::Retry(why) | Outcome::RetryAfter(_, why) | Outcome::Discard(why) = outcome {
            tracing::warn!(kind = job.kind, id = job.id.0, attempt = job.attempts, request_id = job.request_id, result, why, "a job did not go well");
        }
    }
    app.write(move |tx| async move {
        let gone = |outcome: &Outcome| matches!(outcome, Outcome::Done | Outcome::Discard(_));
        let done: Vec<JobId> = finished.iter().filter(|(_, outcome)| gone(outcome)).map(|(job, _)| job.id).collect();
        jobs::complete(&tx, lease, &done).await?;
        for (job, outcome) in &finished {
            let (delay, why) = match outcome {
                Outcome::Retry(why) => (back_off(job.attempts), why),
                Outcome::RetryAfter(delay, why) => (*delay, why),
                _ => continue,
            };
            let why: String = why.chars().filter(|c| *c != '\0').take(ERROR_CHARS).collect();
            let tries = KINDS.iter().find(|kind| kind.name == job.kind).map_or(i64::MAX, |kind| kind.tries);
            if job.attempts >= tries {
                jobs::bury(&tx, lease, job.id, &why).await?;
            } else {
                jobs::retry(&tx, lease, job.id, delay, &why).await?;
            }
        }
        if !unfinished.is_empty() {
            jobs::give_back(&tx, lease, &unfinished).await?;
        }
        Ok(())
    })
    .await
}

/// Doubles with each attempt; up to half as much again by chance, so that failures do not march in step.
fn back_off(attempts: i64) -> i64 {
    let doubled = RETRY_BASE_MS << attempts.clamp(1, 24);
    let pause = doubled.min(RETRY_MAX_MS);
    pause + pause / 2 * i64::from(random_u16()) / i64::from(u16::MAX)
}
