//! Accounts that are being fetched, and new hosts that were met.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use quick_cache::sync::Cache;
use tokio::sync::Mutex as AsyncMutex;

use crate::clock::DAY_MS;
use crate::net::registrable;
use crate::urls::is_private_name;

/// Hosts below one domain that may bring their first account within [`WINDOW_MS`]: names cost nothing, and whoever has a
/// wildcard could have us ask without end. Names of private networks are not counted: nobody else can have one.
const HOSTS_PER_DOMAIN_MAX: usize = 10;
const WINDOW_MS: i64 = DAY_MS;
/// Domains whose new hosts are counted at a time.
const DOMAINS_COUNTED_MAX: usize = 10_000;
/// Accounts that are being fetched, each by one task at a time.
const TURNS_MAX: usize = 10_000;

/// What is remembered of resolving, in memory.
pub(crate) struct Resolving {
    /// By address or handle: whoever comes second waits for the first.
    turns: Cache<String, Arc<AsyncMutex<()>>>,
    pub(crate) discovered: Mutex<Discovered>,
}

impl Default for Resolving {
    fn default() -> Resolving {
        Resolving { turns: Cache::new(TURNS_MAX), discovered: Mutex::default() }
    }
}

impl Resolving {
    pub(crate) fn turn(&self, of: &str) -> Arc<AsyncMutex<()>> {
        let Ok(turn) = self.turns.get_or_insert_with(of, || Ok::<_, Infallible>(Arc::default()));
        turn
    }
}

/// New hosts of each domain, since when they are counted.
#[derive(Default)]
pub(crate) struct Discovered {
    since_ms: i64,
    hosts: HashMap<String, HashSet<String>>,
}

impl Discovered {
    /// Whether one more host may be asked for its first account.
    pub(crate) fn admits(&mut self, host: &str, now_ms: i64) -> bool {
        if is_private_name(host) {
            return true;
        }
        if !(0..WINDOW_MS).contains(&(now_ms - self.since_ms)) || self.hosts.len() >= DOMAINS_COUNTED_MAX {
            *self = Discovered { since_ms: now_ms, hosts: HashMap::new() };
        }
        let seen = self.hosts.entry(registrable(host).to_owned()).or_default();
        seen.contains(host) || seen.len() < HOSTS_PER_DOMAIN_MAX && seen.insert(host.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_brings_a_few_new_hosts_a_day() {
        let mut discovered = Discovered::default();
        for number in 0..HOSTS_PER_DOMAIN_MAX {
            assert!(discovered.admits(&format!("h{number}.evil.example"), 1));
        }
        assert!(!discovered.admits("more.evil.example", 2) && discovered.admits("h0.evil.example", 2) && discovered.admits("other.example", 2));
        assert!(discovered.admits("more.evil.example", 1 + WINDOW_MS));
        for number in 0..3 * DOMAINS_COUNTED_MAX {
            discovered.admits(&format!("d{number}.example"), 2 + WINDOW_MS);
        }
        assert!(discovered.hosts.len() <= DOMAINS_COUNTED_MAX);
    }
}
