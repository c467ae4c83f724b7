//! How long a text may be: in characters as people count them, and in bytes, since one character may be made of any
//! number of code points. What people here write is refused if it is longer; what other servers send is cut.

use unicode_segmentation::{GraphemeCursor, GraphemeIncomplete, UnicodeSegmentation};

/// Bytes that a text may have for each of its characters. The longest emoji that people use have about 40, and a text
/// of nothing else is none.
pub const BYTES_PER_CHAR: usize = 32;
/// A character of more bytes than this is cut in its middle.
const WHOLE_CHAR_BYTES: usize = 128;

/// The longest that a text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    max: usize,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Graphemes,
    CodePoints,
    Bytes,
}

impl Limit {
    /// So many characters as people count them (grapheme clusters).
    pub const fn graphemes(max: usize) -> Limit {
        Limit { max, unit: Unit::Graphemes }
    }

    /// So many code points, as Mastodon counts most texts.
    pub const fn code_points(max: usize) -> Limit {
        Limit { max, unit: Unit::CodePoints }
    }

    pub const fn bytes(max: usize) -> Limit {
        Limit { max, unit: Unit::Bytes }
    }

    /// In the unit it is given in.
    pub const fn max(self) -> usize {
        self.max
    }

    /// Bytes of the longest text.
    pub const fn max_bytes(self) -> usize {
        match self.unit {
            Unit::Graphemes | Unit::CodePoints => self.max.saturating_mul(BYTES_PER_CHAR),
            Unit::Bytes => self.max,
        }
    }

    /// Whether a text is no longer. Takes no longer for a text of megabytes than for one at the limit.
    pub fn admits(self, text: &str) -> bool {
        text.len() <= self.max_bytes() && self.end(text).is_none()
    }

    /// The text as far as it goes, cut between characters; within one that is endless.
    pub fn cut(self, text: &str) -> &str {
        let head = &text[..text.floor_char_boundary(self.max_bytes())];
        let end = self.end(head).unwrap_or(head.len());
        if end == text.len() { text } else { &text[..boundary(text, end)] }
    }

    /// Where the first character behind the limit begins.
    fn end(self, text: &str) -> Option<usize> {
        match self.unit {
            Unit::Graphemes => text.grapheme_indices(true).nth(self.max).map(|(at, _)| at),
            Unit::CodePoints => text.char_indices().nth(self.max).map(|(at, _)| at),
            Unit::Bytes => None,
        }
    }
}

/// The last boundary of grapheme clusters up to `at`, which is one of code points; `at` itself if the cluster around it is
/// longer than [`WHOLE_CHAR_BYTES`] or the first.
fn boundary(text: &str, at: usize) -> usize {
    let start = text.floor_char_boundary(at.saturating_sub(WHOLE_CHAR_BYTES));
    let (near, mut cursor) = (&text[start..], GraphemeCursor::new(at, text.len(), true));
    loop {
        match cursor.is_boundary(near, start) {
            Ok(true) => return at,
            Err(GraphemeIncomplete::PreContext(before)) => cursor.provide_context(&text[..before], 0),
            _ => break,
        }
    }
    loop {
        match cursor.prev_boundary(near, start) {
            Ok(Some(found)) if found > 0 => return found,
            Err(GraphemeIncomplete::PreContext(before)) => cursor.provide_context(&text[..before], 0),
            _ => return at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: &str = "👨‍👩‍👧‍👦";

    fn bomb() -> String {
        format!("a{}", "\u{301}".repeat(450_000))
    }

    #[test]
    fn a_text_at_the_limit_is_admitted_and_one_past_it_not() {
        let cases = [
            (Limit::graphemes(3), FAMILY.repeat(3), FAMILY.repeat(4)),
            (Limit::graphemes(3), "abc".into(), "abcd".into()),
            (Limit::graphemes(3), format!("a{}", "\u{301}".repeat(47)), format!("aa{}", "\u{301}".repeat(48))),
            (Limit::code_points(7), FAMILY.into(), format!("{FAMILY}a")),
            (Limit::code_points(3), "日本語".into(), "日本語a".into()),
            (Limit::bytes(3), "abc".into(), "日本".into()),
            (Limit::graphemes(0), String::new(), "a".into()),
        ];
        for (limit, fits, exceeds) in cases {
            assert!(limit.admits(&fits) && !limit.admits(&exceeds), "{limit:?} {fits:?} {exceeds:?}");
            assert_eq!(limit.cut(&fits), fits);
            assert!(limit.admits(limit.cut(&exceeds)), "{limit:?} {exceeds:?}");
        }
    }

    #[test]
    fn endless_characters_are_refused_and_cut_within_the_bytes() {
        for (limit, bytes) in [(Limit::graphemes(50), 1600), (Limit::code_points(50), 1600), (Limit::bytes(1601), 1601)] {
            for endless in [bomb(), "🚫\u{200d}".repeat(140_000), "\u{1100}".repeat(300_000), "\u{301}".repeat(300_000), "🇯".repeat(200_000)] {
                assert!(!limit.admits(&endless));
                let cut = limit.cut(&endless);
                assert!(!cut.is_empty() && cut.len() <= bytes && endless.starts_with(cut), "{limit:?} {}", cut.len());
            }
        }
    }

    #[test]
    fn cuts_fall_between_characters() {
        let cases = [
            (Limit::graphemes(2), FAMILY.repeat(3), FAMILY.repeat(2)),
            (Limit::code_points(9), FAMILY.repeat(3), FAMILY.into()),
            (Limit::bytes(30), FAMILY.repeat(3), FAMILY.into()),
            (Limit::code_points(3), "🇯🇵🇩🇪".into(), "🇯🇵".into()),
            (Limit::code_points(4), "abcde\u{301}".into(), "abcd".into()),
            (Limit::code_points(5), "abcde\u{301}".into(), "abcd".into()),
            (Limit::bytes(4), "日本語".into(), "日".into()),
            (Limit::code_points(3), "👩🏽‍🚀👩🏽‍🚀".into(), "👩🏽‍".into()),
            (Limit::bytes(2), "日本語".into(), String::new()),
        ];
        for (limit, text, expected) in cases {
            assert_eq!(limit.cut(&text), expected, "{limit:?}");
        }
    }

    #[test]
    fn megabytes_are_judged_at_once() {
        let started = std::time::Instant::now();
        for text in [bomb(), "🚫\u{200d}".repeat(300_000), "a".repeat(3_000_000), "🇯".repeat(500_000)] {
            for limit in [Limit::graphemes(500), Limit::code_points(500), Limit::bytes(16_000)] {
                assert!(!limit.admits(&text) && limit.cut(&text).len() <= 16_000);
            }
        }
        assert!(started.elapsed().as_secs() < 1, "{:?}", started.elapsed());
    }
}
