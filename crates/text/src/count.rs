//! How long a status is, as its author's app counts while they type.

use crate::Limit;
use crate::links::{EntityKind, scan};

/// Every address counts as many characters, however long it is.
pub const URL_CHARS: usize = 23;

/// Whether a status is at most `max` characters long: grapheme clusters of warning and text together, an address as
/// [`URL_CHARS`], a mention as `@user` without its domain. The bytes count as they are, see [`Limit`].
///
/// Source: docs.joinmastodon.org/user/posting/#text
pub fn fits(spoiler: &str, text: &str, max: usize) -> bool {
    let limit = Limit::graphemes(max);
    spoiler.len().saturating_add(text.len()) <= limit.max_bytes() && limit.admits(&countable(spoiler, text))
}

/// The two texts as one, so that clusters are counted as they would be read, with stand-ins for
/// what has a length of its own.
fn countable(spoiler: &str, text: &str) -> String {
    let mut out = String::with_capacity(spoiler.len() + text.len());
    out.push_str(spoiler);
    let mut done = 0;
    for entity in scan(text) {
        out.push_str(&text[done..entity.start]);
        done = entity.end;
        match &entity.kind {
            EntityKind::Url => out.extend(std::iter::repeat_n('x', URL_CHARS)),
            EntityKind::Mention(mention) => {
                out.push('@');
                out.push_str(&mention.username);
            }
            EntityKind::Hashtag(_) => out.push_str(&text[entity.start..entity.end]),
        }
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_what_a_person_would_count() {
        let cases: &[(&str, &str, usize)] = &[
            ("", "", 0),
            ("", "hello", 5),
            ("cw", "hello", 7),
            ("", "über", 4),
            ("", "u\u{308}ber", 4),
            ("", "日本語", 3),
            ("", "السلام", 6),
            ("", "👨‍👩‍👧‍👦", 1),
            ("", "🇯🇵🇩🇪", 2),
            ("", "a\r\nb", 3),
            ("", "https://example.com", 23),
            ("", "https://example.com/a/very/long/path/that/goes/on/and/on?and=on", 23),
            ("", "see https://a.io.", 4 + 23 + 1),
            ("https://example.com/long/long/long", "", 34),
            ("", "@alice", 6),
            ("", "@alice@example.com", 6),
            ("", "@alice@example.com @bob@b.example", 11),
            ("", "mail alice@example.com", 22),
            ("", "#hashtag", 8),
            ("", "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a", 23),
        ];
        for (spoiler, text, expected) in cases {
            assert!(fits(spoiler, text, *expected), "{spoiler:?} {text:?}");
            assert!(*expected == 0 || !fits(spoiler, text, expected - 1), "{spoiler:?} {text:?}");
        }
    }

    #[test]
    fn an_address_longer_than_the_limit_still_counts_as_one() {
        let text = format!("{} https://{}.com/example", "a".repeat(476), "b".repeat(30));
        assert!(fits("", &text, 500) && !fits("", &text, 499));
    }

    #[test]
    fn bytes_are_limited_beside_characters() {
        let accents = |count: usize| format!("a{}", "\u{301}".repeat(count));
        assert!(fits("", &accents(15), 1) && !fits("", &accents(16), 1));
        assert!(!fits("", &accents(1_000_000), 500) && !fits(&accents(1_000_000), "", 500));
        assert!(fits(&accents(4_000), &accents(3_998), 500) && !fits(&accents(4_000), &accents(4_000), 500), "both together");
    }
}
