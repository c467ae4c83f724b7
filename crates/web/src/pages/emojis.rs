//! Custom emojis on pages: pictures where HTML can stand, their bare names where only text can (titles, OpenGraph).

use text::compose::escape;
use text::emoji;
use wire::mastodon::CustomEmoji;

/// Safe HTML with the shortcodes of `emojis` as pictures.
pub fn in_html(html: &str, emojis: &[CustomEmoji]) -> String {
    if emojis.is_empty() {
        return html.to_owned();
    }
    emoji::replace_in_html(html, |name| find(emojis, name).map(picture))
}

/// Plain text as safe HTML, with the shortcodes of `emojis` as pictures.
pub fn in_text(plain: &str, emojis: &[CustomEmoji]) -> String {
    in_html(&escape(plain), emojis)
}

/// Plain text with the shortcodes of `emojis` without their colons.
pub fn without_colons(plain: &str, emojis: &[CustomEmoji]) -> String {
    emoji::replace(plain, |name| find(emojis, name).map(|emoji| emoji.shortcode.clone()))
}

fn find<'a>(emojis: &'a [CustomEmoji], name: &str) -> Option<&'a CustomEmoji> {
    emojis.iter().find(|emoji| emoji.shortcode == name)
}

/// The still picture: on a page nothing moves that the reader has not moved. The shortcode is its alternative text,
/// so that copied text can be posted again.
fn picture(emoji: &CustomEmoji) -> String {
    let (url, name) = (escape(&emoji.static_url), escape(&emoji.shortcode));
    format!("<img class=\"emoji\" src=\"{url}\" alt=\":{name}:\" title=\":{name}:\" width=\"20\" height=\"20\" draggable=\"false\">")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cat() -> Vec<CustomEmoji> {
        vec![CustomEmoji { shortcode: "cat".into(), url: "/moves.gif".into(), static_url: "/still.png?\"".into(), ..CustomEmoji::default() }]
    }

    #[test]
    fn known_emojis_are_pictures_and_the_rest_stays_escaped_text() {
        let img = "<img class=\"emoji\" src=\"/still.png?&quot;\" alt=\":cat:\" title=\":cat:\" width=\"20\" height=\"20\" draggable=\"false\">";
        assert_eq!(in_text("<b> :cat: :dog:", &cat()), format!("&lt;b&gt; {img} :dog:"));
        assert_eq!(in_html("<p>:cat:</p>", &cat()), format!("<p>{img}</p>"));
        assert_eq!(in_text("<b> :cat:", &[]), "&lt;b&gt; :cat:");
        assert_eq!(without_colons("<b> :cat: :dog:", &cat()), "<b> cat :dog:");
    }
}
