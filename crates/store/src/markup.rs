//! A status's HTML as it is kept: beside the text it was made from, only what the text does not say.
//!
//! The HTML of a local status is its text with markup around it, so most of it is told as pieces of the text, and
//! what the markup always is as single characters. What is kept so begins with a control character, which no HTML
//! does; all other HTML (that of other servers' statuses) is kept as it is.

/// What is packed begins so.
const PACKED: char = '\u{1}';
/// The next piece of the text, of a length that follows; pieces follow each other unless said otherwise.
const PIECE: char = '\u{2}';
/// As [`PIECE`], from a place that follows first.
const PIECE_AT: char = '\u{3}';
/// The rest is as it stands, whatever is in it.
const AS_IT_IS: char = '\u{4}';
/// Numbers are characters: this one is 0.
const ZERO: u32 = 0x20;
/// The first of the characters that stand for [`PARTS`].
const FIRST_PART: u32 = 0x0E;
/// Markup that recurs. Databases know these by their places: none may ever move.
const PARTS: [&str; 16] = [
    "<p>",
    "</p>",
    "</p><p>",
    "<br />",
    r#"<span class="h-card" translate="no"><a href=""#,
    r#"" class="u-url mention">@<span>"#,
    "</span></a></span>",
    r##"" class="mention hashtag" rel="tag">#<span>"##,
    "</span></a>",
    r#"" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">"#,
    r#"</span><span class="">"#,
    r#"</span><span class="ellipsis">"#,
    r#"</span><span class="invisible">"#,
    r#"<a href=""#,
    "&amp;",
    "&#39;",
];
/// A longer text is kept beside its whole HTML: numbers reach to 0xD800, and time grows with the square.
const TEXT_BYTES_MAX: usize = 32 * 1024;
/// A shorter piece takes as much room as its telling.
const PIECE_BYTES_MIN: usize = 4;

/// How the HTML of this text is kept.
pub(crate) fn pack(html: &str, text: &str) -> String {
    if html.contains(|c: char| c < '\u{20}' && c != '\n' && c != '\t') {
        return format!("{PACKED}{AS_IT_IS}{html}");
    }
    if text.is_empty() || text.len() > TEXT_BYTES_MAX {
        return html.to_owned();
    }
    let (mut packed, mut rest, mut at) = (PACKED.to_string(), html, 0);
    while let Some(next) = rest.chars().next() {
        let taken = match part(rest) {
            Some((sign, length)) => {
                packed.push(sign);
                length
            }
            None => match piece(rest, text, at) {
                Some((from, length)) => {
                    packed.extend(if from == at { vec![PIECE] } else { vec![PIECE_AT, number(from)] });
                    packed.push(number(length));
                    at = from + length;
                    length
                }
                None => {
                    packed.push(next);
                    next.len_utf8()
                }
            },
        };
        rest = &rest[taken..];
    }
    if packed.len() < html.len() { packed } else { html.to_owned() }
}

/// The HTML that was kept so. What cannot be read is left out.
pub(crate) fn unpack(kept: String, text: &str) -> String {
    let Some(packed) = kept.strip_prefix(PACKED) else { return kept };
    if let Some(html) = packed.strip_prefix(AS_IT_IS) {
        return html.to_owned();
    }
    let (mut html, mut signs, mut at) = (String::with_capacity(text.len() + 64), packed.chars(), 0);
    while let Some(sign) = signs.next() {
        match sign {
            PIECE | PIECE_AT => {
                let from = if sign == PIECE_AT { signs.next().map_or(at, value) } else { at };
                at = from + signs.next().map_or(0, value);
                html.push_str(text.get(from..at).unwrap_or_default());
            }
            sign => match (sign as u32).checked_sub(FIRST_PART).and_then(|place| PARTS.get(place as usize)) {
                Some(part) => html.push_str(part),
                None => html.push(sign),
            },
        }
    }
    html
}

/// The longest part that `html` begins with: its sign and its length.
fn part(html: &str) -> Option<(char, usize)> {
    let fits = PARTS.iter().enumerate().filter(|(_, part)| html.starts_with(**part));
    let (place, part) = fits.max_by_key(|(_, part)| part.len())?;
    Some((char::from_u32(FIRST_PART + place as u32)?, part.len()))
}

/// A piece of `text` that `html` begins with, best where it is expected: its place and length.
fn piece(html: &str, text: &str, expected: usize) -> Option<(usize, usize)> {
    let common = |from: usize| {
        let same = html.bytes().zip(text.as_bytes().iter().skip(from).copied()).take_while(|(one, other)| one == other).count();
        (0..=same).rev().find(|length| html.is_char_boundary(*length)).unwrap_or(0)
    };
    // No further than to the next markup, which parts tell better.
    let length = common(expected);
    if length >= PIECE_BYTES_MIN {
        return Some((expected, length));
    }
    let end = html.char_indices().map(|(at, c)| at + c.len_utf8()).find(|end| *end >= PIECE_BYTES_MIN)?;
    let from = text.find(&html[..end])?;
    Some((from, common(from)))
}

fn number(n: usize) -> char {
    u32::try_from(n).ok().and_then(|n| char::from_u32(ZERO + n)).unwrap_or(char::MAX)
}

fn value(sign: char) -> usize {
    (sign as usize).saturating_sub(ZERO as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, text: &str) -> usize {
        let packed = pack(html, text);
        assert_eq!(unpack(packed.clone(), text), html, "{text:?} {packed:?}");
        packed.len()
    }

    #[test]
    fn plain_text_costs_a_few_bytes() {
        assert_eq!(check("<p>the herons are back at the pond</p>", "the herons are back at the pond"), 5);
        assert!(check("<p>first line<br />second line</p><p>Zeile drei, größer</p>", "first line\nsecond line\n\nZeile drei, größer") < 20);
        assert!(check("<p>池の端に鷺が三羽いる</p>", "池の端に鷺が三羽いる") < 8);
    }

    #[test]
    fn links_cost_their_addresses() {
        let html = r#"<p><span class="h-card" translate="no"><a href="https://here.test/@bob" class="u-url mention">@<span>bobby</span></a></span> salt &amp; pepper <a href="https://here.test/tags/Food" class="mention hashtag" rel="tag">#<span>Food</span></a></p>"#;
        assert!(check(html, "@bobby salt & pepper #Food") < 80);
        let html = r#"<p><a href="https://birds.test/ponds" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">birds.test/ponds</span><span class="invisible"></span></a></p>"#;
        assert!(check(html, "https://birds.test/ponds") < 24);
    }

    #[test]
    fn whatever_it_is_comes_back() {
        let texts = ["", "a", "\u{1}\u{2}\u{3}", "<p>", "tab\there", "line\r\nline", "a\u{0301}e\u{0301}", "\u{1F469}\u{200D}\u{1F52C}x", "&<>\"'"];
        for text in texts {
            for html in texts {
                check(html, text);
                check(&format!("<p>{html}{text}</p>{html}"), text);
            }
        }
        let long = "0123456789äöü".repeat(4_000);
        check(&long, &long);
        let nearly = &long[..32_000];
        assert!(check(&format!("<p>{nearly}</p>"), nearly) < 20);
    }

    #[test]
    fn anything_in_random_order_comes_back() {
        let pieces = ["heron ", "pond", "ä", "鷺", "<p>", "</span>", "&amp;", "&", "\n\n", "\u{3}", "\u{e}", " ", "https://", "<a href=\""];
        let mut state = 1_u64;
        let mut draw = |most: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % most
        };
        for _ in 0..2_000 {
            let mut make = || -> String { (0..draw(12)).map(|_| pieces[draw(pieces.len())]).collect() };
            let (html, text) = (make(), make());
            check(&html, &text);
            check(&format!("<p>{text}</p>"), &text);
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        for kept in ["\u{1}\u{2}", "\u{1}\u{3}a", "\u{1}\u{2}\u{ffff}", "\u{1}\u{3}\u{21}\u{21}", "\u{1}\u{4}"] {
            assert!(unpack(kept.to_owned(), "ä").is_empty(), "{kept:?}");
        }
    }
}
