//! The engine: sends to other servers what is queued for them.
//!
//! A host is claimed with what is due for it and has its turn: its deliveries in their order, two at a time at most. What
//! came of the turns that have ended is written down together, and the hosts are given back. A host that failed the last
//! time has its turn among few others of its kind, so that it cannot keep the rest waiting.
//!
//! Everything arrives at least once: a turn whose process died is had again.

mod answer;
mod outcome;
mod turn;

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use store::deliveries::{self, Due};
use store::hosts::{self, Claimed};
use store::{AccountId, DeliveryBodyId, DeliveryId};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::signature::Sha256;

use crate::{App, Error, Result};
use turn::Turn;

/// Requests on their way at once, to hosts that answered the last time and to those that did not.
const SENDS_MAX: usize = 192;
const FAILING_SENDS_MAX: usize = 64;
/// Hosts that have their turn at once.
const HOSTS_MAX: usize = 256;
/// Deliveries that a host gets in one turn.
const DUE_PER_HOST: i64 = 20;
/// A host belongs to its sender for so long, unless that renews its lease, as it does while a turn lasts. Clocks of several
/// senders may differ by almost as much before one takes a host away from another.
const LEASE_MS: i64 = 180_000;
const RENEW_EVERY: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(30) };
/// Bytes of activities that are kept in memory while they are sent.
const BODIES_BYTES: u64 = 32 * 1024 * 1024;
/// About as many as that is, which need not be right.
const BODIES_EXPECTED: usize = 10_000;
/// What came of turns that end within so long of each other is written down together, that of so many at most.
const GATHER: Duration = Duration::from_millis(20);
const GATHER_MAX: usize = 64;
/// How often what came of turns is written again after it lost against another transaction.
const FINISH_TRIES: usize = 3;
/// The longest sleep without a bell: what other nodes queue and what is due later is found by then.
const IDLE: Duration = Duration::from_secs(5);
/// How long a stop waits for requests on their way.
const STOP_PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 8 });

/// An activity as it is sent.
struct Outgoing {
    actor: AccountId,
    /// The address of what it is about; empty if that does not matter.
    subject: String,
    body: Bytes,
    digest: Sha256,
}

/// Bodies are weighed by their bytes.
#[derive(Clone)]
struct ByLength;

impl Weighter<DeliveryBodyId, Arc<Outgoing>> for ByLength {
    fn weight(&self, _: &DeliveryBodyId, outgoing: &Arc<Outgoing>) -> u64 {
        outgoing.body.len() as u64
    }
}

/// A delivery with its activity.
struct Piece {
    due: Due,
    outgoing: Arc<Outgoing>,
}

/// What all turns share.
struct Engine {
    app: App,
    sends: Semaphore,
    failing_sends: Semaphore,
    bodies: Cache<DeliveryBodyId, Arc<Outgoing>, ByLength>,
    /// Hosts that have their turn.
    held: Mutex<HashSet<String>>,
    stop: CancellationToken,
}

/// A host is held for as long as this lives.
struct Hold {
    engine: Arc<Engine>,
    domain: String,
}

impl Hold {
    fn new(engine: &Arc<Engine>, domain: &str) -> Hold {
        engine.held().insert(domain.to_owned());
        Hold { engine: engine.clone(), domain: domain.to_owned() }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.engine.held().remove(&self.domain);
    }
}

/// Sends until `stop`; then gives back what it holds.
pub async fn run(app: App, stop: CancellationToken) {
    let engine = Engine::new(&app, &stop);
    let mut turns = JoinSet::new();
    let send = async {
        while !stop.is_cancelled() {
            if let Err(error) = engine.round(&mut turns).await {
                tracing::warn!(%error, "deliveries cannot be claimed or finished; trying again");
                tokio::select! {
                    () = tokio::time::sleep(IDLE) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    };
    tokio::select! {
        () = send => {}
        never = engine.renew() => match never {},
    }
    engine.end(turns).await;
}

/// Sends what is due now. Returns how many hosts had their turn (for tests and the CLI).
pub async fn run_due(app: &App) -> Result<usize> {
    let engine = Engine::new(app, &CancellationToken::new());
    if engine.next_due().await?.is_none_or(|due| due > app.now_ms()) {
        return Ok(0);
    }
    let mut turns = JoinSet::new();
    let count = engine.start_turns(&mut turns).await?;
    let ended = tokio::select! {
        ended = turns.join_all() => ended,
        never = engine.renew() => match never {},
    };
    engine.finish(ended).await?;
    Ok(count)
}

/// Gives back what a dead process held, at the start of the only process there can be. See [`crate::jobs::recover`].
pub(crate) async fn recover(app: &App) -> Result<()> {
    app.write(|tx| async move { Ok(hosts::give_back(&tx, None).await?) }).await.map(drop)
}

/// Sets the gauges of what waits and of dead letters.
pub(crate) async fn measure(app: &App) {
    let Ok(counts) = app.read(|r| async move { Ok(deliveries::counts(&r).await?) }).await else { return };
    metrics::gauge!("ferrodon_deliveries_queued").set(counts.waiting as f64);
    metrics::gauge!("ferrodon_deliveries_dead").set(counts.dead as f64);
}

impl Engine {
    fn new(app: &App, stop: &CancellationToken) -> Arc<Engine> {
        Arc::new(Engine {
            app: app.clone(),
            sends: Semaphore::new(SENDS_MAX),
            failing_sends: Semaphore::new(FAILING_SENDS_MAX),
            bodies: Cache::with_weighter(BODIES_EXPECTED, BODIES_BYTES, ByLength),
            held: Mutex::default(),
            stop: stop.clone(),
        })
    }

    fn held(&self) -> MutexGuard<'_, HashSet<String>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts what is due; if that is nothing, waits for what may change that, and writes down what has ended.
    async fn round(self: &Arc<Self>, turns: &mut JoinSet<Turn>) -> Result<()> {
        let next = if turns.len() < HOSTS_MAX { self.next_due().await? } else { None };
        if next.is_some_and(|due| due <= self.app.now_ms()) && self.start_turns(turns).await? > 0 {
            return Ok(());
        }
        let pause = next.map_or(IDLE, |due| Duration::from_millis((due - self.app.now_ms()).max(1).unsigned_abs()).min(IDLE));
        let first = tokio::select! {
            Some(turn) = turns.join_next() => completed(turn),
            () = self.app.woken_to_deliver() => None,
            () = tokio::time::sleep(pause) => None,
            () = self.stop.cancelled() => None,
        };
        let ended = self.gather(first, turns).await;
        self.finish(ended).await
    }

    /// What has ended, if anything has, with what ends within a moment of it, unless there is more to send.
    async fn gather(&self, first: Option<Turn>, turns: &mut JoinSet<Turn>) -> Vec<Turn> {
        let mut ended = Vec::from_iter(first);
        let until = Instant::now() + GATHER;
        while !ended.is_empty() && ended.len() < GATHER_MAX {
            tokio::select! {
                turn = turns.join_next() => match turn {
                    Some(turn) => ended.extend(completed(turn)),
                    None => break,
                },
                () = self.app.woken_to_deliver() => break,
                () = tokio::time::sleep_until(until) => break,
            }
        }
        ended
    }

    /// When the next host is due, milliseconds UTC.
    async fn next_due(&self) -> Result<Option<i64>> {
        self.app.read(|r| async move { Ok(hosts::next_due(&r).await?) }).await
    }

    /// Claims hosts that are due, as many as there is room for, and starts their turns.
    async fn start_turns(self: &Arc<Self>, turns: &mut JoinSet<Turn>) -> Result<usize> {
        let room = HOSTS_MAX.saturating_sub(turns.len()) as i64;
        let owner = self.app.options.node.clone();
        let failing_room = room.min(FAILING_SENDS_MAX as i64);
        let (claimed, due) = self
            .app
            .write(move |tx| async move {
                let mut claimed = hosts::claim(&tx, &owner, false, room, LEASE_MS).await?;
                claimed.extend(hosts::claim(&tx, &owner, true, failing_room, LEASE_MS).await?);
                let domains: Vec<String> = claimed.iter().map(|host| host.domain.clone()).collect();
                let due = if claimed.is_empty() { Vec::new() } else { deliveries::list_due(&tx, &domains, tx.now(), DUE_PER_HOST).await? };
                Ok((claimed, due))
            })
            .await?;
        let count = claimed.len();
        for (host, pieces) in self.with_bodies(claimed, due).await? {
            turns.spawn(turn::have(Hold::new(self, &host.domain), host, pieces));
        }
        Ok(count)
    }

    /// Keeps the hosts that have their turn this sender's own, for as long as it is polled.
    async fn renew(&self) -> Infallible {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            let mut domains: Vec<String> = self.held().iter().cloned().collect();
            if domains.is_empty() {
                continue;
            }
            domains.sort();
            let owner = self.app.options.node.clone();
            if let Err(error) = self.app.write(move |tx| async move { Ok(hosts::renew(&tx, &owner, &domains, LEASE_MS).await?) }).await {
                tracing::warn!(%error, "the leases of hosts could not be renewed");
            }
        }
    }

    /// Each host with what it gets.
    async fn with_bodies(&self, claimed: Vec<Claimed>, due: Vec<Due>) -> Result<Vec<(Claimed, Vec<Piece>)>> {
        let mut bodies: HashMap<DeliveryBodyId, Arc<Outgoing>> = HashMap::new();
        let mut missing = Vec::new();
        for id in due.iter().map(|due| due.body_id) {
            match self.bodies.get(&id) {
                Some(known) => drop(bodies.insert(id, known)),
                None => missing.push(id),
            }
        }
        missing.sort();
        missing.dedup();
        for body in self.app.read(move |r| async move { Ok(deliveries::list_bodies(&r, &missing).await?) }).await? {
            let digest = Sha256::of(body.body.as_bytes());
            let outgoing = Arc::new(Outgoing { actor: body.actor_account_id, subject: body.subject, body: body.body.into(), digest });
            self.bodies.insert(body.id, outgoing.clone());
            bodies.insert(body.id, outgoing);
        }
        let (mut of_host, mut orphans): (HashMap<String, Vec<Piece>>, Vec<DeliveryId>) = Default::default();
        for due in due {
            match bodies.get(&due.body_id) {
                Some(outgoing) => of_host.entry(due.domain.clone()).or_default().push(Piece { outgoing: outgoing.clone(), due }),
                None => orphans.push(due.id),
            }
        }
        if !orphans.is_empty() {
            tracing::error!(orphans = orphans.len(), "deliveries without their activity are dropped");
            self.app.write(move |tx| async move { Ok(deliveries::complete(&tx, &orphans).await?) }).await?;
        }
        Ok(claimed.into_iter().map(|host| (of_host.remove(&host.domain).unwrap_or_default(), host)).map(|(pieces, host)| (host, pieces)).collect())
    }

    /// Writes down what came of these turns, in one transaction; again if it loses against another one.
    async fn finish(&self, ended: Vec<Turn>) -> Result<()> {
        if ended.is_empty() {
            return Ok(());
        }
        let ended = Arc::new(ended);
        let mut tries = 0;
        loop {
            let (owner, ended) = (self.app.options.node.clone(), ended.clone());
            match self.app.write(move |tx| async move { outcome::write(&tx, &owner, &ended).await }).await {
                Err(Error::Conflict(_)) if tries < FINISH_TRIES => tries += 1,
                done => return done,
            }
        }
    }

    /// Waits a little for requests on their way, and gives all hosts back.
    async fn end(&self, mut turns: JoinSet<Turn>) {
        let mut ended = Vec::new();
        let all = async {
            while let Some(turn) = turns.join_next().await {
                ended.extend(completed(turn));
            }
        };
        if tokio::time::timeout(STOP_PATIENCE, all).await.is_err() {
            tracing::info!(turns = turns.len(), "deliveries on their way are given back");
        }
        turns.abort_all();
        let owner = self.app.options.node.clone();
        let given_back = match self.finish(ended).await {
            Ok(()) => self.app.write(move |tx| async move { Ok(hosts::give_back(&tx, Some(&owner)).await?) }).await.map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = given_back {
            tracing::warn!(%error, "hosts could not be given back; their leases run out");
        }
    }
}

/// A turn that ended; one that panicked is had again when its lease has run out.
fn completed(turn: std::result::Result<Turn, tokio::task::JoinError>) -> Option<Turn> {
    turn.inspect_err(|error| tracing::error!(%error, "a turn of deliveries panicked")).ok()
}
