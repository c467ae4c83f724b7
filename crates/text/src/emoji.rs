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

/// `text` with each shortcode replaced by what `put` writes for it; one that `put` gives `None` for stays as it is. Other
/// servers allow more signs in shortcodes, and beside them, than this one does for its own: `put` alone decides, as in
/// Mastodon's web client.
pub fn replace(text: &str, put: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut kept, mut at) = (0, 0);
    while let Some(start) = text[at..].find(':').map(|start| at + start) {
        at = start + 1;
        let Some(end) = text[at..].find(':').map(|len| at + len) else { break };
        let instead = Some(&text[at..end]).filter(|name| !name.is_empty() && name.len() <= *SHORTCODE_CHARS.end()).and_then(&put);
        // Else the second colon may begin the next one.
        at = end;
        if let Some(instead) = instead {
            out.push_str(&text[kept..start]);
            out.push_str(&instead);
            (kept, at) = (end + 1, end + 1);
        }
    }
    out.push_str(&text[kept..]);
    out
}

/// The same in the texts of HTML, as this server writes or sanitises it: tags and their attributes stay as they are.
pub fn replace_in_html(html: &str, put: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&replace(&rest[..start], &put));
        let end = start + tag_len(&rest[start..]);
        out.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    out.push_str(&replace(rest, &put));
    out
}

/// The bytes of the tag at the start of `html`; a `>` in quotes does not end it.
fn tag_len(html: &str) -> usize {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    html.len()
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
        let tags = "<a :>:".repeat(200_000);
        assert_eq!(replace_in_html(&tags, |_| None), tags);
        assert_eq!(replace(&":".repeat(1_000_000), |_| None).len(), 1_000_000);
        let many: String = (0..1000).map(|number| format!(":e{number}: ")).collect();
        assert_eq!(shortcodes(&many).len(), SHORTCODES_MAX);
    }

    #[test]
    fn known_shortcodes_are_replaced_in_texts_and_never_in_tags() {
        let put = |name: &str| (["cat", "dog", "blob-cat", "猫"].contains(&name)).then(|| format!("[{name}]"));
        let cases = [
            ("", ""),
            (":cat:", "[cat]"),
            ("a :cat: b :unknown: :cat: :dog:!", "a [cat] b :unknown: [cat] [dog]!"),
            (":blob-cat: :猫: :cat::dog: see: :cat:", "[blob-cat] [猫] [cat][dog] see: [cat]"),
            ("猫:cat:です 12:30:45", "猫[cat]です 12:30:45"),
            ("<p>:cat:</p>", "<p>[cat]</p>"),
            ("<a href=\"/x/:cat:\" title=\":cat:\">:cat:</a>:dog:", "<a href=\"/x/:cat:\" title=\":cat:\">[cat]</a>[dog]"),
            ("a &lt; :cat: &amp;:dog:", "a &lt; [cat] &amp;[dog]"),
            ("<a title='> :cat: \"'>:cat:</a>", "<a title='> :cat: \"'>[cat]</a>"),
            ("1 < 2 :cat:", "1 < 2 :cat:"),
        ];
        for (html, expected) in cases {
            assert_eq!(replace_in_html(html, put), expected, "{html:?}");
        }
        assert_eq!(replace("猫 :cat: <:dog:>", put), "猫 [cat] <[dog]>");
        assert_eq!(replace(":cat:dog:", put), "[cat]dog:", "a colon closes one or opens one");
        let any = |name: &str| Some(format!("[{}]", name.len()));
        let longest = *SHORTCODE_CHARS.end();
        for (name, expected) in
            [(0, "::".to_owned()), (1, "[1]".into()), (longest, format!("[{longest}]")), (longest + 1, format!(":{}:", "a".repeat(longest + 1)))]
        {
            assert_eq!(replace(&format!(":{}:", "a".repeat(name)), any), expected);
        }
    }

    #[test]
    fn a_name_is_letters_digits_and_underscores() {
        assert!(is_shortcode("cat_2") && is_shortcode("AB"));
        assert!(!is_shortcode("a") && !is_shortcode("a-b") && !is_shortcode("kät") && !is_shortcode(&"a".repeat(129)));
    }
}
