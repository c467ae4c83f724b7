//! What a poll may be like.

pub const OPTIONS_MIN: usize = 2;
pub const OPTIONS_MAX: usize = 4;
/// Grapheme clusters of an option.
pub const OPTION_CHARS: usize = 50;
/// Seconds a poll must last at least…
pub const DURATION_MIN_S: i64 = 300;
/// … and at most: a month.
pub const DURATION_MAX_S: i64 = 2_629_746;
