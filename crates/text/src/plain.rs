//! HTML back to plain text, for notifications, previews, search and filters. It reads the HTML
//! this server writes itself; anything else comes out readable, but is not laid out.

/// Longest character reference that is decoded, in bytes between `&` and `;`.
const MAX_REFERENCE_BYTES: usize = 10;

/// The words of `html`: paragraphs parted by a blank line, `<br>` as newline, all other tags
/// dropped, character references decoded. Text hidden inside of links is kept, so addresses
/// come out whole.
pub fn from_html(html: &str) -> String {
    let last_tag_end = html.rfind('>').unwrap_or(0);
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        let offset = html.len() - rest.len() + at;
        rest = &rest[at..];
        let used = if rest.starts_with('&') {
            reference(rest, &mut out)
        } else if offset < last_tag_end {
            tag(rest, &mut out)
        } else {
            None
        };
        // Not a tag or a reference: the sign stands for itself.
        let used = used.unwrap_or_else(|| {
            out.push_str(&rest[..1]);
            1
        });
        rest = &rest[used..];
    }
    out.push_str(rest);
    out.truncate(out.trim_end().len());
    out
}

/// Writes what the tag at the start of `rest` means; its length in bytes.
fn tag(rest: &str, out: &mut String) -> Option<usize> {
    let len = rest.find('>')? + 1;
    let name = rest[1..len - 1].trim_end_matches('/').split_whitespace().next().unwrap_or("");
    if name.eq_ignore_ascii_case("br") {
        out.push('\n');
    } else if name.eq_ignore_ascii_case("/p") {
        out.push_str("\n\n");
    }
    Some(len)
}

/// Writes the character that the reference at the start of `rest` stands for; its length in bytes.
fn reference(rest: &str, out: &mut String) -> Option<usize> {
    let end = rest.bytes().take(MAX_REFERENCE_BYTES + 2).position(|b| b == b';')?;
    out.push(named(&rest[1..end])?);
    Some(end + 1)
}

fn named(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{A0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| *c != '\0')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_the_words_in_it() {
        let cases = [
            ("", ""),
            ("plain", "plain"),
            ("<p>one</p>", "one"),
            ("<p>one</p><p>two</p>", "one\n\ntwo"),
            ("<p>one<br />two<br>three<br/>four</p>", "one\ntwo\nthree\nfour"),
            ("<p>&lt;b&gt; &amp;amp; &quot;x&quot; &#39;y&#39; &#x1F600;</p>", "<b> &amp; \"x\" 'y' 😀"),
            ("a & b &; &unknown; &#0; &#xD800;", "a & b &; &unknown; &#0; &#xD800;"),
            ("1 < 2", "1 < 2"),
            ("1 < 2 <b>so</b>", "1 so"),
            (r#"<p><a href="https://a.io/x"><span class="invisible">https://</span><span>a.io/x</span></a></p>"#, "https://a.io/x"),
            ("<p>日本語</p><p>العربية</p>", "日本語\n\nالعربية"),
            ("&äöü;", "&äöü;"),
        ];
        for (html, text) in cases {
            assert_eq!(from_html(html), text, "{html:?}");
        }
    }

    #[test]
    fn many_open_brackets_take_no_time() {
        let html = "<".repeat(2_000_000);
        assert_eq!(from_html(&html).len(), html.len());
    }
}
