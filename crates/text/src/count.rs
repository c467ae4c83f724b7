//! How long a status is, as its author's app counts while they type.

use unicode_segmentation::UnicodeSegmentation;

use crate::links::{EntityKind, scan};

/// Every address counts as many characters, however long it is.
pub const URL_CHARS: usize = 23;

/// Length of a status in grapheme clusters: warning and text together, an address as
/// [`URL_CHARS`], a mention as `@user` without its domain.
///
/// Source: docs.joinmastodon.org/user/posting/#text
pub fn length(spoiler: &str, text: &str) -> usize {
    graphemes(&countable(spoiler, text))
}

/// Length of a plain text in grapheme clusters.
pub fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
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
            assert_eq!(length(spoiler, text), *expected, "{spoiler:?} {text:?}");
        }
    }

    #[test]
    fn an_address_longer_than_the_limit_still_counts_as_one() {
        let text = format!("{} https://{}.com/example", "a".repeat(476), "b".repeat(30));
        assert_eq!(length("", &text), 500);
    }

    #[test]
    fn a_million_accents_on_one_letter_are_one_character() {
        assert_eq!(length("", &format!("a{}", "\u{301}".repeat(1_000_000))), 1);
    }
}
