//! The workers: each lane claims what is due, runs it side by side, and finishes together what ended together. What takes
//! long keeps its place in the lane, and nothing else.

use std::collections::HashMap;
use std::time::Duration;

use store::JobId;
use store::jobs::{self, Claimed, Lane};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::KINDS;
use crate::clock::random_u16;
use crate::federation::{asker, engine};
use crate::measure::label;
use crate::net::Refused;
use crate::pools;
use crate::queue::Outcome;
use crate::{App, Error, Result, request};

/// How long a claimed job is a worker's own; extended while it runs.
const LEASE_MS: i64 = 60_000;
const EXTEND_EVERY: Duration = Duration::from_secs(20);
/// Jobs claimed together are finished together if they end within so long; after it, those that ended make room.
const TOGETHER: Duration = Duration::from_millis(50);
/// The longest sleep without a bell: jobs of other nodes and jobs due later are found by then.
const IDLE: Duration = Duration::from_secs(5);
/// How long a stop waits for running jobs before it gives them back.
const STOP_PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 8 });
const RETRY_BASE_MS: i64 = 1_000;
const RETRY_MAX_MS: i64 = 6 * 60 * 60 * 1000;
const ERROR_CHARS: usize = 500;
/// How long a job is put off that found no place to ask another server from; half as much again by chance.
const POSTPONED_MS: i64 = 5_000;

/// Jobs of a lane run side by side.
fn at_once(lane: Lane) -> i64 {
    match lane {
        Lane::Interactive => 32,
        Lane::Ingress => 16,
        Lane::Fetch => pools::FETCH_JOBS,
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
    let mut running = Running::default();
    let mut extend = tokio::time::interval(EXTEND_EVERY);
    while !stop.is_cancelled() {
        let claimed = match running.turn_over(&app, lane, at_once(lane)).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(lane = lane.name(), %error, "jobs cannot be claimed or finished; trying again");
                tokio::select! {
                    () = tokio::time::sleep(IDLE) => continue,
                    () = stop.cancelled() => break,
                }
            }
        };
        if claimed > 0 {
            tokio::select! {
                biased;
                _ = extend.tick() => running.extend(&app).await,
                () = running.end_of_newest() => {}
                () = tokio::time::sleep(TOGETHER) => {}
                () = stop.cancelled() => {}
            }
            continue;
        }
        let has_room = running.count() < at_once(lane);
        tokio::select! {
            () = running.next_end(), if running.count() > 0 => {}
            () = app.woken(lane), if has_room => {}
            () = async { tokio::time::sleep(pause(&app, lane).await).await }, if has_room => {}
            _ = extend.tick() => running.extend(&app).await,
            () = stop.cancelled() => {}
        }
    }
    let _ = tokio::time::timeout(STOP_PATIENCE, running.all_end(&app)).await;
    if let Err(error) = running.give_back(&app).await {
        tracing::warn!(lane = lane.name(), %error, "jobs could not be finished or given back; their leases run out");
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
    let mut running = Running::default();
    let count = running.turn_over(app, lane, at_once(lane)).await?;
    running.all_end(app).await;
    running.finish(app).await?;
    Ok(count)
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

/// A job of the claim with this number.
struct Taken {
    lease: i64,
    job: Claimed,
}

/// The jobs of a lane that are in its workers' hands.
#[derive(Default)]
struct Running {
    tasks: JoinSet<Outcome>,
    jobs: HashMap<tokio::task::Id, Taken>,
    /// What ended and is not written down yet.
    ended: Vec<(Taken, Outcome)>,
    /// The number of the last claim.
    newest: i64,
}

impl Running {
    fn count(&self) -> i64 {
        self.jobs.len() as i64
    }

    /// Writes down what ended, and takes on what is due, up to `limit` side by side. Returns how many were taken on.
    async fn turn_over(&mut self, app: &App, lane: Lane, limit: i64) -> Result<i64> {
        while let Some(done) = self.tasks.try_join_next_with_id() {
            self.note(done);
        }
        self.finish(app).await?;
        let room = limit - self.count();
        if room <= 0 {
            return Ok(0);
        }
        let any = app.read(move |r| async move { Ok(jobs::next_due(&r, lane).await?) }).await?;
        if any.is_none_or(|due| due > app.now_ms()) {
            return Ok(0);
        }
        let (lease, claimed) = app.write(move |tx| async move { Ok(jobs::claim(&tx, lane, room, LEASE_MS).await?) }).await?;
        let count = claimed.len() as i64;
        if count > 0 {
            self.newest = lease;
        }
        for job in claimed {
            let handle = self.tasks.spawn(run_one(app.clone(), job.clone()));
            self.jobs.insert(handle.id(), Taken { lease, job });
        }
        Ok(count)
    }

    fn note(&mut self, done: std::result::Result<(tokio::task::Id, Outcome), JoinError>) {
        let (id, outcome) = done.unwrap_or_else(|error| (error.id(), Outcome::Retry("the job panicked".into())));
        if let Some(taken) = self.jobs.remove(&id) {
            self.ended.push((taken, outcome));
        }
    }

    /// Ends when one of the jobs has, or when there is none.
    async fn next_end(&mut self) {
        if let Some(done) = self.tasks.join_next_with_id().await {
            self.note(done);
        }
    }

    /// Ends when all jobs of the last claim have.
    async fn end_of_newest(&mut self) {
        while self.jobs.values().any(|taken| taken.lease == self.newest) {
            self.next_end().await;
        }
    }

    /// Ends when all jobs have; their leases are kept alive meanwhile.
    async fn all_end(&mut self, app: &App) {
        let mut extend = tokio::time::interval(EXTEND_EVERY);
        extend.tick().await;
        while self.count() > 0 {
            tokio::select! {
                () = self.next_end() => {}
                _ = extend.tick() => self.extend(app).await,
            }
        }
    }

    /// The jobs that run, by claim.
    fn by_claim(&self) -> HashMap<i64, Vec<JobId>> {
        let mut claims: HashMap<i64, Vec<JobId>> = HashMap::new();
        for taken in self.jobs.values() {
            claims.entry(taken.lease).or_default().push(taken.job.id);
        }
        claims
    }

    async fn extend(&self, app: &App) {
        let claims = self.by_claim();
        if claims.is_empty() {
            return;
        }
        let extended = app.write(move |tx| async move {
            for (lease, ids) in claims {
                jobs::extend(&tx, lease, &ids, LEASE_MS).await?;
            }
            Ok::<_, Error>(())
        });
        if let Err(error) = extended.await {
            tracing::warn!(%error, "the lease of running jobs could not be extended");
        }
    }

    /// Writes down what ended, in one transaction.
    async fn finish(&mut self, app: &App) -> Result<()> {
        if self.ended.is_empty() {
            return Ok(());
        }
        finish(app, std::mem::take(&mut self.ended)).await
    }

    /// Ends what still runs, and gives it back.
    async fn give_back(&mut self, app: &App) -> Result<()> {
        self.tasks.abort_all();
        let claims = self.by_claim();
        self.finish(app).await?;
        app.write(move |tx| async move {
            for (lease, ids) in claims {
                jobs::give_back(&tx, lease, &ids, 0).await?;
            }
            Ok(())
        })
        .await
    }
}

async fn run_one(app: App, job: Claimed) -> Outcome {
    let Some(kind) = KINDS.iter().find(|kind| kind.name == job.kind) else {
        return Outcome::RetryAfter(RETRY_MAX_MS, format!("this version knows no job {}", job.kind));
    };
    if job.attempts > kind.tries {
        // Its last try never ended: whatever ended the process shall not do so again and again.
        return Outcome::Retry("the process ended while the job ran".into());
    }
    metrics::histogram!("ferrodon_job_wait_seconds", "kind" => label(kind.name)).record((app.now_ms() - job.created_at).max(0) as f64 / 1000.0);
    let run = (kind.run)(app, job.payload);
    let (outcome, held_up) = asker::for_job(request::within(job.request_id, run)).await;
    let outcome = outcome.unwrap_or_else(|error| Outcome::Retry(error.to_string()));
    match (outcome, held_up) {
        (Outcome::Retry(why), Some(Refused::Full)) => Outcome::Postpone(with_chance(POSTPONED_MS), why),
        (Outcome::Retry(why), Some(Refused::Resting(left_ms))) => Outcome::RetryAfter(with_chance(left_ms).max(back_off(job.attempts)), why),
        (outcome, _) => outcome,
    }
}

async fn finish(app: &App, finished: Vec<(Taken, Outcome)>) -> Result<()> {
    for (Taken { job, .. }, outcome) in &finished {
        let result = match outcome {
            Outcome::Done => "done",
            Outcome::Retry(_) | Outcome::RetryAfter(..) => "retry",
            Outcome::Postpone(..) => "postpone",
            Outcome::Discard(_) => "discard",
        };
        let kind = KINDS.iter().find(|kind| kind.name == job.kind).map_or("unknown", |kind| kind.name);
        metrics::counter!("ferrodon_jobs_total", "kind" => label(kind), "result" => label(result)).increment(1);
        if let Outcome::Retry(why) | Outcome::RetryAfter(_, why) | Outcome::Discard(why) = outcome {
            tracing::warn!(kind = job.kind, id = job.id.0, attempt = job.attempts, request_id = job.request_id, result, why, "a job did not go well");
        }
    }
    app.write(move |tx| async move {
        let gone = |outcome: &Outcome| matches!(outcome, Outcome::Done | Outcome::Discard(_));
        let mut done: HashMap<i64, Vec<JobId>> = HashMap::new();
        for (taken, _) in finished.iter().filter(|(_, outcome)| gone(outcome)) {
            done.entry(taken.lease).or_default().push(taken.job.id);
        }
        for (lease, ids) in done {
            jobs::complete(&tx, lease, &ids).await?;
        }
        for (Taken { lease, job }, outcome) in &finished {
            if let Outcome::Postpone(delay, _) = outcome {
                jobs::give_back(&tx, *lease, &[job.id], *delay).await?;
            }
            let (delay, why) = match outcome {
                Outcome::Retry(why) => (back_off(job.attempts), why),
                Outcome::RetryAfter(delay, why) => (*delay, why),
                _ => continue,
            };
            let why: String = why.chars().filter(|c| *c != '\0').take(ERROR_CHARS).collect();
            let tries = KINDS.iter().find(|kind| kind.name == job.kind).map_or(i64::MAX, |kind| kind.tries);
            if job.attempts >= tries {
                jobs::bury(&tx, *lease, job.id, &why).await?;
            } else {
                jobs::retry(&tx, *lease, job.id, delay, &why).await?;
            }
        }
        Ok(())
    })
    .await
}

/// Doubles with each attempt; up to half as much again by chance, so that failures do not march in step.
fn back_off(attempts: i64) -> i64 {
    let doubled = RETRY_BASE_MS << attempts.clamp(1, 24);
    with_chance(doubled.min(RETRY_MAX_MS))
}

/// Up to half as much again.
fn with_chance(pause_ms: i64) -> i64 {
    pause_ms + pause_ms / 2 * i64::from(random_u16()) / i64::from(u16::MAX)
}
