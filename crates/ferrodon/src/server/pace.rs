//! The least rate at which a client has to send or to take bytes.

use std::time::Duration;

use tokio::time::Instant;

/// What a client may make the server wait in all. Mobile networks pause for many seconds, rarely for more than this.
pub const GRACE: Duration = Duration::from_secs(30);
/// A second of waiting is earned back by so many bytes: 8 kbit/s, less than the slowest mobile network carries.
pub const BYTES_PER_S: u64 = 1024;

/// Time that is spent by waiting for the client and earned back by bytes. A client that stalls uses it up in `GRACE`, one
/// that trickles hardly later, one that keeps the least rate never.
#[derive(Debug)]
pub struct Pace {
    left: Duration,
    waiting_since: Option<Instant>,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { left: GRACE, waiting_since: None }
    }
}

impl Pace {
    /// The server begins to wait, if it does not wait yet.
    pub fn wait(&mut self, now: Instant) {
        self.waiting_since.get_or_insert(now);
    }

    /// The client sent or took `bytes`; the wait, if any, is over.
    pub fn progress(&mut self, bytes: usize, now: impl FnOnce() -> Instant) {
        if let Some(since) = self.waiting_since.take() {
            self.left = self.left.saturating_sub(now().saturating_duration_since(since));
        }
        let earned = Duration::from_micros((bytes as u64).saturating_mul(1_000_000) / BYTES_PER_S);
        self.left = self.left.saturating_add(earned).min(GRACE);
    }

    pub fn is_waiting(&self) -> bool {
        self.waiting_since.is_some()
    }

    /// When the client has used up its time, if the server waits.
    pub fn deadline(&self) -> Option<Instant> {
        self.waiting_since.map(|since| since + self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds that a client lasts which sends `bytes` every `seconds`; `None` if it lasts for ever.
    fn lasts(bytes: usize, seconds: u64) -> Option<u64> {
        const ROUNDS_MAX: u64 = 10_000;
        let (start, mut pace) = (Instant::now(), Pace::default());
        for round in 0..ROUNDS_MAX {
            let now = start + Duration::from_secs(round * seconds);
            pace.wait(now);
            let next = now + Duration::from_secs(seconds);
            if let Some(deadline) = pace.deadline().filter(|deadline| *deadline < next) {
                return Some(deadline.duration_since(start).as_secs());
            }
            pace.progress(bytes, || next);
        }
        None
    }

    #[test]
    fn only_a_client_below_the_least_rate_runs_out_of_time() {
        assert_eq!(lasts(0, 1_000), Some(30), "it stalls");
        assert_eq!(lasts(1, 1), Some(30), "it trickles");
        assert_eq!(lasts(1, 29), Some(30), "it trickles rarely");
        assert_eq!(lasts(512, 1), Some(59), "half the rate");
        assert_eq!(lasts(1_000, 1), Some(1_238), "hardly too slow");
        assert_eq!(lasts(1_024, 1), None, "the least rate");
        assert_eq!(lasts(30 * 1_024, 30), None, "the same, in bursts");
        assert_eq!(lasts(1_024 * 1_024, 31), Some(30), "what was sent fast earns no longer pause");
    }

    #[test]
    fn time_does_not_pass_while_the_server_works() {
        let (start, mut pace) = (Instant::now(), Pace::default());
        pace.progress(0, || start + Duration::from_secs(3_600));
        assert!(!pace.is_waiting() && pace.deadline().is_none());
        pace.wait(start + Duration::from_secs(7_200));
        pace.wait(start + Duration::from_secs(7_210));
        assert_eq!(pace.deadline(), Some(start + Duration::from_secs(7_200) + GRACE), "a wait begins once");
    }
}
