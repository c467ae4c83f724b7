//! Moments as documents write them.

use jiff::Timestamp;

use crate::time::{MAX_MS, MIN_MS};

/// A moment in milliseconds UTC; `None` for what is none, or lies outside what can be written.
pub fn read(text: &str) -> Option<i64> {
    let ms = text.trim().parse::<Timestamp>().ok()?.as_millisecond();
    (MIN_MS..=MAX_MS).contains(&ms).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn moments_have_an_offset_and_may_have_fractions() {
        assert_eq!(read("1970-01-01T00:00:01Z"), Some(1_000));
        assert_eq!(read("1970-01-01T01:00:00.5+01:00"), Some(500));
        for none in [
            "",
            "yesterday",
            "2026-01-01",
            "2026-13-01T00:00:00Z",
            "99999-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "+010000-01-01T00:00:00Z",
            "-000001-01-01T00:00:00Z",
            "-1-01-01T00:00:00Z",
            "0000-00-00T00:00:00Z",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
