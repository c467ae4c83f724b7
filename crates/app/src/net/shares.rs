//! Places for work that waits for other servers, shared out so that no server can hold them all.
//!
//! A pool has a fixed number of places. One host, and all hosts below one registered domain, hold a part of them at most,
//! and the fewer are free the smaller is that part: about as many domains as there are places are needed to hold them all.
//! When no place is free the work waits in a short queue for a short time, and is then refused: it never waits without
//! end. A host that failed several times in a row rests, and its work is refused at once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::sync::oneshot;

use super::Site;
use crate::measure::label;

/// A domain gets a further place, or one in the queue, as long as it has less than this part of those that are free.
const FREE_TO_SHARE: usize = 2;
/// Failures in a row after which a host rests. One alone may be a single slow file.
const FAILURES_MAX: u32 = 3;
/// The first rest; each further failure after a rest doubles it.
const REST_MIN_MS: i64 = 60_000;
const REST_MAX_MS: i64 = 60 * 60_000;
/// Hosts whose failures are remembered.
const FAILING_MAX: usize = 10_000;

/// How many places a pool has, and who may hold and wait for how many.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub places: usize,
    /// Of these, for all hosts below one registered domain.
    pub of_domain: usize,
    pub of_host: usize,
    /// Waiting for a place, in all and for one registered domain.
    pub waiting: usize,
    pub waiting_of_domain: usize,
    /// How long work waits for a place.
    pub patience: Duration,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("too much waits for this server, or for all, at the moment")]
    Full,
    /// For so many milliseconds more.
    #[error("the server failed several times in a row and is left alone for {0} ms")]
    Resting(i64),
}

/// A pool of places; cheap to clone.
#[derive(Clone)]
pub struct Shares(Arc<Inner>);

struct Inner {
    /// In metrics.
    name: &'static str,
    limits: Limits,
    state: Mutex<State>,
    failing: Cache<String, Failing>,
}

#[derive(Default)]
struct State {
    held: usize,
    /// Places held, by registered domain and by host.
    of_domain: HashMap<String, usize>,
    of_host: HashMap<String, usize>,
    queue: VecDeque<Waiting>,
}

struct Waiting {
    site: Site,
    sender: oneshot::Sender<Place>,
}

#[derive(Clone, Copy, Default)]
struct Failing {
    in_a_row: u32,
    rests_until_ms: i64,
}

/// A place, as long as it lives.
pub struct Place {
    pool: Arc<Inner>,
    site: Site,
}

impl Shares {
    pub fn new(name: &'static str, limits: Limits) -> Shares {
        Shares(Arc::new(Inner { name, limits, state: Mutex::default(), failing: Cache::new(FAILING_MAX) }))
    }

    /// A place for work that waits for `site`, perhaps after a short wait.
    ///
    /// Errors: as [`Refused`] says, at once or after the pool's patience.
    pub async fn place(&self, site: &Site, now_ms: i64) -> Result<Place, Refused> {
        let place = match self.place_or_turn(site, now_ms) {
            Ok(Ok(place)) => Ok(place),
            // What is refused while it waits has its sender dropped.
            Ok(Err(turn)) => match tokio::time::timeout(self.0.limits.patience, turn).await {
                Ok(Ok(place)) => Ok(place),
                _ => Err(self.0.rest(site, now_ms).unwrap_or(Refused::Full)),
            },
            Err(refused) => Err(refused),
        };
        place.inspect_err(|refused| self.count(*refused))
    }

    fn place_or_turn(&self, site: &Site, now_ms: i64) -> Result<Result<Place, oneshot::Receiver<Place>>, Refused> {
        if let Some(rest) = self.0.rest(site, now_ms) {
            return Err(rest);
        }
        let limits = &self.0.limits;
        let mut state = self.0.state();
        if state.admits(site, limits) {
            state.take(site);
            drop(state);
            return Ok(Ok(Place { pool: self.0.clone(), site: site.clone() }));
        }
        state.queue.retain(|waiting| !waiting.sender.is_closed());
        let of_domain = state.queue.iter().filter(|waiting| waiting.site.domain == site.domain).count();
        let free = limits.waiting.saturating_sub(state.queue.len());
        if limits.patience.is_zero() || free == 0 || of_domain >= share_of(free, limits.waiting_of_domain) {
            return Err(Refused::Full);
        }
        let (sender, turn) = oneshot::channel();
        state.queue.push_back(Waiting { site: site.clone(), sender });
        Ok(Err(turn))
    }

    fn count(&self, refused: Refused) {
        let why = match refused {
            Refused::Full => "full",
            Refused::Resting(_) => "resting",
        };
        metrics::counter!("ferrodon_outgoing_refused_total", "pool" => label(self.0.name), "why" => label(why)).increment(1);
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rest(&self, site: &Site, now_ms: i64) -> Option<Refused> {
        let left = self.failing.get(&site.host)?.rests_until_ms.saturating_sub(now_ms);
        (left > 0).then_some(Refused::Resting(left))
    }
}

impl State {
    fn admits(&self, site: &Site, limits: &Limits) -> bool {
        let of = |counts: &HashMap<String, usize>, name: &str| counts.get(name).copied().unwrap_or_default();
        let free = limits.places.saturating_sub(self.held);
        free > 0 && of(&self.of_domain, &site.domain) < share_of(free, limits.of_domain) && of(&self.of_host, &site.host) < limits.of_host
    }

    fn take(&mut self, site: &Site) {
        self.held += 1;
        *self.of_domain.entry(site.domain.clone()).or_default() += 1;
        *self.of_host.entry(site.host.clone()).or_default() += 1;
    }

    fn give_back(&mut self, site: &Site) {
        self.held = self.held.saturating_sub(1);
        for (counts, name) in [(&mut self.of_domain, &site.domain), (&mut self.of_host, &site.host)] {
            if let Some(count) = counts.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(name);
                }
            }
        }
    }

    /// The first in the queue that may have a place.
    fn next(&mut self, limits: &Limits) -> Option<Waiting> {
        let place = self.queue.iter().position(|waiting| !waiting.sender.is_closed() && self.admits(&waiting.site, limits))?;
        self.queue.remove(place)
    }
}

/// How many one domain may have, of which `most` are its share, when so many are free.
fn share_of(free: usize, most: usize) -> usize {
    most.min((free / FREE_TO_SHARE).max(1))
}

impl Place {
    /// The host answered, whatever it said: its failures are forgotten.
    pub fn answered(&self) {
        if self.pool.failing.get(&self.site.host).is_some() {
            self.pool.failing.remove(&self.site.host);
        }
    }

    /// The host did not answer, or too slowly. After some failures in a row it rests, and what waits for it is refused.
    pub fn failed(&self, now_ms: i64) {
        let mut state = self.pool.state();
        let mut failing = self.pool.failing.get(&self.site.host).unwrap_or_default();
        // What was on its way when the rest began says nothing new.
        if now_ms < failing.rests_until_ms {
            return;
        }
        failing.in_a_row = failing.in_a_row.saturating_add(1);
        if failing.in_a_row >= FAILURES_MAX {
            let doublings = (failing.in_a_row - FAILURES_MAX).min(16);
            failing.rests_until_ms = now_ms.saturating_add((REST_MIN_MS << doublings).min(REST_MAX_MS));
            state.queue.retain(|waiting| waiting.site.host != self.site.host);
        }
        self.pool.failing.insert(self.site.host.clone(), failing);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        state.give_back(&self.site);
        // A place whose receiver left in this moment is given back when the lock is free again.
        let mut undelivered = Vec::new();
        while let Some(Waiting { site, sender }) = state.next(&self.pool.limits) {
            state.take(&site);
            undelivered.extend(sender.send(Place { pool: self.pool.clone(), site }).err());
        }
        drop(state);
        drop(undelivered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { places: 12, of_domain: 4, of_host: 2, waiting: 4, waiting_of_domain: 2, patience: Duration::from_secs(60) };

    fn site(host: &str) -> Site {
        Site::of_domain(host)
    }

    /// A pool whose refusals come at once.
    fn impatient() -> Shares {
        Shares::new("test", Limits { patience: Duration::ZERO, ..LIMITS })
    }

    async fn takes(pool: &Shares, hosts: &[&str]) -> Vec<Option<Place>> {
        let mut places = Vec::new();
        for host in hosts {
            places.push(pool.place(&site(host), 0).await.ok());
        }
        places
    }

    #[tokio::test]
    async fn a_host_and_its_domain_hold_their_share_at_most() {
        let pool = impatient();
        let held = takes(&pool, &["a.evil.test", "a.evil.test:8443", "a.evil.test", "b.evil.test", "c.evil.test", "d.evil.test"]).await;
        assert_eq!(held.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false, true, true, false]);
        let others = takes(&pool, &["a.test", "b.test", "c.test", "d.test", "e.test", "f.test", "g.test", "h.test", "i.test"]).await;
        assert!(others[..8].iter().all(Option::is_some) && others[8].is_none(), "the pool has an end");
        drop(held);
        assert!(takes(&pool, &["i.test", "a.evil.test"]).await.iter().all(Option::is_some), "a place comes back when it is dropped");
        drop(others);
        let state = pool.0.state();
        assert_eq!((state.held, state.of_domain.len(), state.of_host.len()), (0, 0, 0), "nothing is left of those who went");
    }

    #[tokio::test]
    async fn many_domains_together_leave_places_for_others() {
        let pool = Shares::new("test", Limits { places: 40, of_domain: 8, of_host: 6, patience: Duration::ZERO, ..LIMITS });
        let mut held = Vec::new();
        for number in 0..400 {
            held.extend(pool.place(&site(&format!("h{number}.slow{}.test", number % 16)), 0).await.ok());
        }
        assert!((30..40).contains(&held.len()), "{}", held.len());
        assert!(takes(&pool, &["a.test", "b.test", "c.test"]).await.iter().all(Option::is_some));
    }

    #[tokio::test]
    async fn the_first_in_the_queue_that_may_gets_a_free_place() {
        let pool = Shares::new("test", Limits { places: 6, ..LIMITS });
        let mut slow = takes(&pool, &["slow.test", "slow.test"]).await;
        let mut others = takes(&pool, &["a.test", "b.test", "c.test", "d.test"]).await;
        let wait = |host: &'static str| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.place(&site(host), 0).await })
        };
        let queued = async |count: usize| {
            while pool.0.state().queue.len() < count {
                tokio::task::yield_now().await;
            }
        };
        let (first, second) = (wait("slow.test"), wait("e.test"));
        queued(2).await;
        others.pop();
        let place = second.await.unwrap().unwrap();
        assert!(!first.is_finished(), "its host has its share");
        drop((place, others));
        assert!(!first.is_finished(), "its host has its share");
        slow.pop();
        assert!(first.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn the_queue_has_an_end_and_its_waits_too() {
        let pool = Shares::new("test", Limits { places: 1, patience: Duration::from_millis(20), ..LIMITS });
        let held = takes(&pool, &["a.test"]).await;
        let wait = |host: &'static str| {
            let pool = pool.clone();
            async move { pool.place(&site(host), 0).await.err() }
        };
        let all = futures_util::future::join_all(["a.test", "b.a.test", "c.a.test", "b.test", "c.test", "d.test"].map(wait)).await;
        assert!(all.iter().all(|refused| *refused == Some(Refused::Full)), "{all:?}");
        drop(held);
        assert!(takes(&pool, &["a.test"]).await[0].is_some(), "a request that was given up holds no place");
    }

    #[tokio::test]
    async fn a_host_that_fails_again_and_again_rests_longer_each_time() {
        let pool = impatient();
        let fail = async |now: i64| pool.place(&site("a.test"), now).await.unwrap().failed(now);
        let rest = async |now: i64| pool.place(&site("a.test"), now).await.err();
        for _ in 0..FAILURES_MAX - 1 {
            fail(0).await;
        }
        pool.place(&site("a.test"), 0).await.unwrap().answered();
        for _ in 0..FAILURES_MAX - 1 {
            fail(0).await;
            assert_eq!(rest(0).await, None, "an answer in between counts");
        }
        fail(0).await;
        assert_eq!(rest(1).await, Some(Refused::Resting(REST_MIN_MS - 1)));
        assert!(pool.place(&site("b.a.test"), 1).await.is_ok(), "its neighbours do not rest");
        let mut now = REST_MIN_MS;
        assert_eq!(rest(now).await, None);
        fail(now).await;
        assert_eq!(rest(now).await, Some(Refused::Resting(2 * REST_MIN_MS)));
        for _ in 0..40 {
            now += REST_MAX_MS;
            fail(now).await;
        }
        assert_eq!(rest(now).await, Some(Refused::Resting(REST_MAX_MS)));
    }

    #[tokio::test]
    async fn what_waits_for_a_host_is_refused_when_its_rest_begins() {
        let pool = Shares::new("test", LIMITS);
        let held = takes(&pool, &["a.test", "a.test"]).await;
        let waiting = {
            let pool = pool.clone();
            tokio::spawn(async move { pool.place(&site("a.test"), 0).await.err() })
        };
        while pool.0.state().queue.is_empty() {
            tokio::task::yield_now().await;
        }
        for _ in 0..FAILURES_MAX {
            held[0].as_ref().unwrap().failed(0);
        }
        assert_eq!(waiting.await.unwrap(), Some(Refused::Resting(REST_MIN_MS)));
    }
}
