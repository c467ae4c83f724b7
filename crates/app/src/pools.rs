//! The pools of places for what waits for other servers: how large each is, and what part of it one of them may hold.
//! `docs/queues.md` lists these with everything else that a stranger can hold.

use std::time::Duration;

use crate::net::{Limits, Shares};

/// Files of other servers that are fetched because somebody looks. A page of avatars comes from one host at once: it waits
/// in the queue. A browser that has waited longer shows a gap, which it fills when the page is shown again.
const MEDIA: Limits = Limits { places: 48, of_domain: 6, of_host: 4, waiting: 256, waiting_of_domain: 64, patience: Duration::from_secs(10) };
/// Keys of unknown senders. A sender that is refused comes again.
const KEYS: Limits = Limits { places: 256, of_domain: 16, of_host: 16, waiting: 256, waiting_of_domain: 32, patience: Duration::from_secs(2) };
/// Documents that people wait for: what they search, whom they mention. They wait five seconds for these in all.
const PEOPLE: Limits = Limits { places: 256, of_domain: 16, of_host: 8, waiting: 64, waiting_of_domain: 16, patience: Duration::from_secs(4) };
/// Documents that jobs fetch. With all that waits they are fewer than the lane has places ([`FETCH_JOBS`]), so that some
/// are always left. A job that is refused runs later, and its tries are not counted.
const JOBS: Limits = Limits { places: 40, of_domain: 8, of_host: 6, waiting: 8, waiting_of_domain: 2, patience: Duration::from_secs(1) };
/// Jobs of the fetch lane run side by side. They wait for the network, not for the processor.
pub const FETCH_JOBS: i64 = 64;
/// Jobs that wait until another has fetched the same account.
const TURNS: Limits = Limits { places: 8, of_domain: 3, of_host: 3, waiting: 0, waiting_of_domain: 0, patience: Duration::ZERO };
/// Pushes on their way. Most go to three services; a person may name any. The lane has 64 places, shared with the jobs
/// that say what is to be delivered.
const PUSHES: Limits = Limits { places: 40, of_domain: 16, of_host: 16, waiting: 0, waiting_of_domain: 0, patience: Duration::ZERO };
/// Previews of others' pictures that wait for the one picture decoded at a time, beside uploads.
const PREVIEWS: Limits = Limits { places: 1, of_domain: 1, of_host: 1, waiting: 64, waiting_of_domain: 16, patience: Duration::from_secs(10) };

pub(crate) struct Pools {
    pub media: Shares,
    pub keys: Shares,
    pub people: Shares,
    pub jobs: Shares,
    pub turns: Shares,
    pub pushes: Shares,
    pub previews: Shares,
}

impl Default for Pools {
    fn default() -> Pools {
        Pools {
            media: Shares::new("media", MEDIA),
            keys: Shares::new("keys", KEYS),
            people: Shares::new("people", PEOPLE),
            jobs: Shares::new("jobs", JOBS),
            turns: Shares::new("turns", TURNS),
            pushes: Shares::new("pushes", PUSHES),
            previews: Shares::new("previews", PREVIEWS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_domain_can_hold_a_pool_and_no_pool_a_lane() {
        for limits in [MEDIA, KEYS, PEOPLE, JOBS, TURNS, PUSHES] {
            assert!(limits.of_domain * 2 < limits.places && limits.of_host <= limits.of_domain, "{limits:?}");
            assert!(limits.waiting == 0 || limits.waiting_of_domain * 2 <= limits.waiting, "{limits:?}");
        }
        assert!((JOBS.places + JOBS.waiting + TURNS.places) as i64 <= FETCH_JOBS - 8);
    }
}
