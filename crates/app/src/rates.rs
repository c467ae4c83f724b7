//! Rate limits: Mastodon's windows, aligned to the clock, counted in memory.
//!
//! Most limits are counted for each request by `web`, whose table says which route has which. Those that guard a
//! person (guesses at a password, mail to an address, what others are asked for) are counted by the verb, so that every
//! way that leads there counts; they are defined beside it.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};

use quick_cache::sync::Cache;

pub use crate::error::Standing;
use crate::measure::label;
use crate::{Error, Result};

pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Windows kept for requests, and as many for what verbs count; past that, those not used for longest go. The two are
/// apart, so that a flood of requests cannot displace the counters of guesses.
const WINDOWS_MAX: usize = 200_000;
/// How often windows that have ended are removed.
const SWEEP_EVERY_MS: i64 = 5 * MINUTE_MS;
/// Characters of a subject, such as an e-mail address; what follows makes no other subject.
const SUBJECT_CHARS: usize = 254;

/// Whose requests a limit counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The account; nothing is counted without one.
    Account,
    /// The access token of an account.
    Token,
    /// The client's address, IPv6 by its /64; with a person's token nothing is counted.
    Stranger,
    /// The client's address, with or without a token.
    Address,
    /// The account, or the address without one.
    Person,
    /// The account or e-mail address that something is done to.
    Target,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Each request, before it is handled.
    Asked,
    /// Requests that succeeded.
    Succeeded,
    /// Requests that were refused as malformed or unproven.
    Refused,
    /// Requests for a page of a list, by its parameters.
    Paging,
    /// The verb counts, whatever request leads there.
    Verb,
}

/// A limit on one family of requests.
#[derive(Debug)]
pub struct Limit {
    pub name: &'static str,
    pub max: u32,
    pub period_ms: i64,
    pub by: By,
    pub when: When,
    /// Whether answers within the limit say where it stands.
    pub told: bool,
}

impl Limit {
    /// A limit on requests, counted before they are handled.
    pub const fn new(name: &'static str, max: u32, period_ms: i64, by: By) -> Limit {
        Limit { name, max, period_ms, by, when: When::Asked, told: true }
    }

    /// Only past it answers tell of it.
    pub const fn quiet(self) -> Limit {
        Limit { told: false, ..self }
    }

    pub const fn when(self, when: When) -> Limit {
        Limit { when, ..self }
    }
}

/// The counters of this process.
pub struct Rates {
    enforced: AtomicBool,
    requests: Windows,
    verbs: Windows,
}

impl Default for Rates {
    fn default() -> Rates {
        Rates { enforced: AtomicBool::new(true), requests: Windows::default(), verbs: Windows::default() }
    }
}

impl Rates {
    /// Whether limits are kept at all: `limits.rate.enabled`.
    pub fn enforce(&self, enforced: bool) {
        self.enforced.store(enforced, Ordering::Relaxed);
    }

    pub fn are_enforced(&self) -> bool {
        self.enforced.load(Ordering::Relaxed)
    }

    /// Counts `add` more for `subject` and says where the limit stands.
    pub fn count(&self, limit: &Limit, subject: &str, now_ms: i64, add: u32) -> Standing {
        let windows = if limit.when == When::Verb { &self.verbs } else { &self.requests };
        windows.count(limit, subject, now_ms, add)
    }

    /// Counts one for `subject`.
    ///
    /// Errors: `Limited` past the limit.
    pub fn take(&self, limit: &Limit, subject: &str, now_ms: i64) -> Result<()> {
        if !self.are_enforced() {
            return Ok(());
        }
        let standing = self.count(limit, subject, now_ms, 1);
        if !standing.is_past() {
            return Ok(());
        }
        refused(limit);
        Err(Error::Limited(standing))
    }
}

/// Notes in the metrics that something was refused by `limit`.
pub fn refused(limit: &Limit) {
    metrics::counter!("ferrodon_rate_limited_total", "limit" => label(limit.name)).increment(1);
}

/// By the limit's name, its subject, and when the window ends.
struct Windows {
    open: Cache<(&'static str, String, i64), Arc<AtomicU32>>,
    swept_at_ms: AtomicI64,
}

impl Default for Windows {
    fn default() -> Windows {
        Windows { open: Cache::new(WINDOWS_MAX), swept_at_ms: AtomicI64::new(0) }
    }
}

impl Windows {
    fn count(&self, limit: &Limit, subject: &str, now_ms: i64, add: u32) -> Standing {
        self.sweep(now_ms);
        let reset_ms = now_ms - now_ms.rem_euclid(limit.period_ms) + limit.period_ms;
        let key = (limit.name, shortened(subject), reset_ms);
        let used = if add == 0 {
            self.open.get(&key).map_or(0, |counter| counter.load(Ordering::Relaxed))
        } else {
            let Ok(counter) = self.open.get_or_insert_with(&key, || Ok::<_, Infallible>(Arc::default()));
            counter.fetch_add(add, Ordering::Relaxed).saturating_add(add)
        };
        Standing { max: limit.max, used, reset_ms, left_ms: reset_ms - now_ms }
    }

    fn sweep(&self, now_ms: i64) {
        let swept = self.swept_at_ms.load(Ordering::Relaxed);
        let is_due = now_ms - swept >= SWEEP_EVERY_MS;
        if is_due && self.swept_at_ms.compare_exchange(swept, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.open.retain(|(_, _, reset_ms), _| *reset_ms > now_ms);
        }
    }
}

fn shortened(subject: &str) -> String {
    if subject.len() <= SUBJECT_CHARS { subject.to_owned() } else { subject.chars().take(SUBJECT_CHARS).collect() }
}

/// What an address counts as: a household is one subject, so IPv6 counts by its /64.
pub fn network_of(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// As [`network_of`], of an address as text; a text that is no address is its own subject.
pub fn subject_of(ip: &str) -> String {
    ip.parse().map_or_else(|_| ip.to_owned(), network_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Limit = Limit::new("short", 2, 30 * MINUTE_MS, By::Account);
    const LONG: Limit = Limit::new("long", 2, 3 * HOUR_MS, By::Account);
    const VERB: Limit = Limit::new("verb", 2, HOUR_MS, By::Target).when(When::Verb);

    #[test]
    fn windows_are_aligned_to_the_clock_and_start_over() {
        let rates = Rates::default();
        let used = |now| rates.count(&SHORT, "alice", now, 1).used;
        let start = SHORT.period_ms * 1000;
        assert_eq!([used(start), used(start + 1), used(start + SHORT.period_ms - 1), used(start + SHORT.period_ms)], [1, 2, 3, 1]);
        assert_eq!(rates.count(&SHORT, "bob", start, 1).used, 1);
    }

    #[test]
    fn windows_that_have_ended_are_removed() {
        let rates = Rates::default();
        let start = LONG.period_ms * 1000;
        rates.count(&SHORT, "alice", start, 1);
        rates.count(&LONG, "alice", start, 1);
        assert_eq!(rates.requests.open.len(), 2);
        rates.count(&SHORT, "bob", start + SHORT.period_ms, 1);
        assert_eq!(rates.requests.open.len(), 2, "bob's, and the longer one of alice");
    }

    #[test]
    fn a_limit_is_taken_up_to_its_maximum() {
        let rates = Rates::default();
        let take = |now| rates.take(&VERB, "alice", now);
        assert!(take(0).is_ok() && take(1).is_ok());
        assert!(matches!(take(2), Err(Error::Limited(Standing { max: 2, used: 3, reset_ms: HOUR_MS, .. }))));
        assert!(take(HOUR_MS - 1).is_err() && take(HOUR_MS).is_ok());
        rates.enforce(false);
        assert!((0..9).all(|_| take(HOUR_MS).is_ok()), "unless nothing is enforced");
    }

    #[test]
    fn a_flood_of_requests_does_not_displace_what_verbs_count() {
        let rates = Rates::default();
        rates.count(&VERB, "alice", 0, 1);
        for number in 0..WINDOWS_MAX + 1000 {
            rates.count(&SHORT, &number.to_string(), 0, 1);
        }
        assert_eq!(rates.count(&VERB, "alice", 0, 1).used, 2);
    }

    #[test]
    fn a_household_is_one_address() {
        let of = |ip: &str| network_of(ip.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
