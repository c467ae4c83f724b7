//! Shortcodes of custom emojis in a text: `:blobcat:`.

/// Characters of a shortcode.
pub const SHORTCODE_CHARS: std::ops::RangeInclusive<usize> = 2..=128;
/// Different shortcodes that are looked at in one text.
const SHORTCODES_MAX: usize = 500;

/// Whether a name may be a shortcode: letters, digits and underscores of ASCII.
pub fn is_shortcode(name: &str) -> bool {
    SHORTCODE_CHARS.contains(&name.len()) && name.bytes().all(is_part)
}

/// The different shortcodes of a text in the order they come, without colons. A colon counts only where
/// no letter, digit or further colon stands beside the emoji.
///
/// Source: docs.joinmastodon.org/entities/CustomEmoji/ and Mastodon's rule for what is an emoji in a text.
pub fn shortcodes(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(':').map(|start| at + start) {
        let name_len = text[start + 1..].bytes().take_while(|byte| is_part(*byte)).count();
        let end = start + 1 + name_len;
        let name = &text[start + 1..end];
        let closes = text[end..].starts_with(':') && is_free(text[end + 1..].chars().next());
        if closes && SHORTCODE_CHARS.contains(&name_len) && is_free(text[..start].chars().next_back()) {
            if !found.contains(&name) {
                found.push(name);
            }
            if found.len() >= SHORTCODES_MAX {
                break;
            }
            at = end + 1;
        } else {
            // The colon behind a name may begin the next one.
            at = end.max(start + 1);
        }
    }
    found
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether an emoji may stand beside this.
fn is_free(neighbour: Option<char>) -> bool {
    neighbour.is_none_or(|c| c != ':' && !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcodes_stand_free_between_colons() {
        let cases: [(&str, &[&str]); 16] = [
            ("", &[]),
            (":cat:", &["cat"]),
            ("a :cat: b :dog_2: c :cat:", &["cat", "dog_2"]),
            ("(:cat:)!", &["cat"]),
            ("\n:cat:\n", &["cat"]),
            ("a:cat:", &[]),
            (":cat:b", &[]),
            (":cat::dog:", &[]),
            (":cat: :dog:", &["cat", "dog"]),
            (":a:", &[]),
            ("12:30:45", &[]),
            (":猫:", &[]),
            ("猫:cat:", &[]),
            ("🐈:cat:🐈", &["cat"]),
            ("see: :cat:", &["cat"]),
            (":cat", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(shortcodes(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_text_full_of_colons_is_read_once() {
        assert!(shortcodes(&":".repeat(1_000_000)).is_empty());
        assert!(shortcodes(&":aa".repeat(300_000)).is_empty());
        let many: String = (0..1000).map(|number| format!(":e{number}: ")).collect();
        assert_eq!(shortcodes(&many).len(), SHORTCODES_MAX);
    }

    #[test]
    fn a_name_is_letters_digits_and_underscores() {
        assert!(is_shortcode("cat_2") && is_shortcode("AB"));
        assert!(!is_shortcode("a") && !is_shortcode("a-b") && !is_shortcode("kät") && !is_shortcode(&"a".repeat(129)));
    }
}
