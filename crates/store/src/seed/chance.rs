//! Chance that is the same at every run with the same seed.

/// SplitMix64.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// At least 0, less than 1.
    pub(super) fn fraction(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Less than `count`, which is at least 1; each as likely as any other.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((self.fraction() * count as f64) as usize).min(count - 1)
    }

    pub(super) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// True so many times of a hundred.
    pub(super) fn percent(&mut self, times: usize) -> bool {
        self.below(100) < times
    }

    /// Less than `count`, the small ones most often: the k-th about once in k, as Zipf has it.
    pub(super) fn rank(&mut self, count: usize) -> usize {
        ((count as f64 + 1.0).powf(self.fraction()) as usize).clamp(1, count) - 1
    }

    /// Mostly 0, seldom many: about every third time at least 1, once in k times a third of that at least k.
    pub(super) fn tail(&mut self, max: usize) -> usize {
        ((0.38 / (1.0 - self.fraction()).powf(0.85)) as usize).min(max)
    }
}
