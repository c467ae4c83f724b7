//! What a client may send that is neither a request nor a body.
//!
//! HTTP/2 has many frames that make work and ask for nothing (pings, settings, priorities, resets, headers past their
//! limit): CVE-2019-9512, CVE-2019-9513, CVE-2019-9515 and what is like them. All are bounded alike, by their bytes.

use tokio::time::Instant;

use super::pace::BYTES_PER_S;

/// Bytes that may come at once. A client that keeps a connection for hours uses a small part of this.
pub const NOISE_MAX: u64 = 2 * 1024 * 1024;
/// What a request allows: its head, and as much of its body as HTTP/2 lets a client send before it hears of a refusal.
const REQUEST_BYTES: u64 = 1024 * 1024;
/// What a byte of a body or an answer allows: the frames around it may be this much larger than what is in them.
const BYTES_PER_USEFUL: u64 = 8;

/// Bytes that may still come without a request, a body or an answer.
#[derive(Debug)]
pub struct Noise {
    left: u64,
    since: Instant,
}

impl Noise {
    pub fn new(now: Instant) -> Noise {
        Noise { left: NOISE_MAX, since: now }
    }

    /// Bytes came, of whatever use; false once those that are allowed are used up, which begins them again.
    pub fn came(&mut self, bytes: usize, now: impl FnOnce() -> Instant) -> bool {
        let bytes = bytes as u64;
        if self.left < bytes {
            let now = now();
            let passed = now.saturating_duration_since(self.since);
            self.since = now;
            let allowed = passed.as_millis().saturating_mul(u128::from(BYTES_PER_S)) / 1_000;
            self.allow(u64::try_from(allowed).unwrap_or(u64::MAX));
        }
        let is_within = self.left >= bytes;
        self.left = if is_within { self.left - bytes } else { NOISE_MAX };
        is_within
    }

    /// A request begins.
    pub fn request(&mut self) {
        self.allow(REQUEST_BYTES);
    }

    /// Bytes of a body were read, or bytes of an answer taken.
    pub fn useful(&mut self, bytes: usize) {
        self.allow((bytes as u64).saturating_mul(BYTES_PER_USEFUL));
    }

    fn allow(&mut self, bytes: u64) {
        self.left = self.left.saturating_add(bytes).min(NOISE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const KIB: usize = 1024;

    /// How many times `bytes` may come, with so many seconds between; `None` if for ever.
    fn lasts(bytes: usize, seconds: u64, useful: impl Fn(&mut Noise)) -> Option<u64> {
        const ROUNDS_MAX: u64 = 1_000_000;
        let start = Instant::now();
        let mut noise = Noise::new(start);
        (0..ROUNDS_MAX).find(|round| {
            useful(&mut noise);
            !noise.came(bytes, || start + Duration::from_secs(round * seconds))
        })
    }

    #[test]
    fn bytes_without_use_are_bounded() {
        assert_eq!(lasts(KIB, 0, |_| ()), Some(2_048), "to the byte");
        assert_eq!(lasts(2 * KIB, 1, |_| ()), Some(2_047), "twice the rate that is always allowed");
        assert_eq!(lasts(KIB, 1, |_| ()), None, "the rate that is always allowed");
        assert_eq!(lasts(17, 1, |_| ()), None, "a ping every second");
    }

    #[test]
    fn requests_bodies_and_answers_allow_what_is_around_them() {
        assert_eq!(lasts(80 * KIB, 0, Noise::request), None, "large heads");
        assert_eq!(lasts(16 * KIB + 9, 0, |noise| noise.useful(16 * KIB)), None, "a body");
        assert_eq!(lasts(39, 0, |noise| noise.useful(8)), None, "a body in small parts");
        assert_eq!(lasts(13, 0, |noise| noise.useful(16 * KIB)), None, "an answer that is taken");
        assert!(lasts(13, 0, |noise| noise.useful(1)).is_some(), "an answer that is taken byte by byte");
        assert!(lasts(9, 0, |noise| noise.useful(0)).is_some(), "empty parts");
    }

    #[test]
    fn what_is_allowed_does_not_pile_up() {
        let start = Instant::now();
        let mut noise = Noise::new(start);
        for _ in 0..1_000 {
            noise.request();
            noise.useful(KIB * KIB);
        }
        assert!(noise.came(NOISE_MAX as usize, || start));
        assert!(!noise.came(1, || start));
        assert!(noise.came(NOISE_MAX as usize, || start), "it begins again");
    }
}
