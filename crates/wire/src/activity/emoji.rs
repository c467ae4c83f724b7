//! Custom emojis that a document brings along.

use serde_json::Value;

use super::document::{is_a, many, words};
use super::{address, file, moment};

/// Emojis of one document; further ones stay words.
pub const EMOJIS_MAX: usize = 100;
/// Bytes of a shortcode. Source: Mastodon's limit for those of other servers
const SHORTCODE_MAX: usize = 2048;

/// An emoji as its server describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emoji {
    /// Without colons.
    pub shortcode: String,
    /// Some servers have no address for them.
    pub id: Option<String>,
    pub image_url: String,
    /// Milliseconds UTC.
    pub updated: Option<i64>,
}

/// The emojis among the tags of an actor or object, each shortcode once. What cannot be one is passed over.
pub fn list(document: &Value) -> Vec<Emoji> {
    let mut found: Vec<Emoji> = Vec::new();
    for emoji in many(document, "tag").filter_map(read) {
        if found.len() < EMOJIS_MAX && found.iter().all(|known| known.shortcode != emoji.shortcode) {
            found.push(emoji);
        }
    }
    found
}

fn read(tag: &Value) -> Option<Emoji> {
    if !is_a(tag, "Emoji") {
        return None;
    }
    let name = words(tag, "name")?.trim();
    let shortcode = name.strip_prefix(':').and_then(|name| name.strip_suffix(':')).unwrap_or(name);
    if shortcode.is_empty() || shortcode.len() > SHORTCODE_MAX || shortcode.contains(|c: char| c == ':' || c.is_whitespace() || c.is_control()) {
        return None;
    }
    let image_url = file::picture(tag, "icon")?.url;
    let id = Some(address::of(tag, "id").to_owned()).filter(|id| !id.is_empty());
    Some(Emoji { shortcode: shortcode.to_owned(), id, image_url, updated: moment::of(tag, "updated") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn emojis_are_read_with_and_without_colons_and_ids() {
        let document = json!({ "tag": [
            { "type": "Emoji", "name": ":cat:", "id": "https://a.test/e/1", "updated": "2026-01-01T00:00:00Z", "icon": { "type": "Image", "url": "https://a.test/cat.png" } },
            { "type": "Emoji", "name": "dog", "id": null, "icon": [{ "type": "Image" }, { "url": [{ "href": "https://a.test/dog.png" }] }] },
            { "type": "Emoji", "name": ":cat:", "icon": "https://a.test/other.png" },
            { "type": "Emoji", "name": "a b", "icon": "https://a.test/x.png" },
            { "type": "Emoji", "name": "x".repeat(SHORTCODE_MAX + 1), "icon": "https://a.test/x.png" },
            { "type": "Emoji", "name": ":noimage:" },
            { "type": "Emoji", "icon": "https://a.test/x.png" },
            { "type": "Mention", "name": "@x" },
            7, null, "text",
        ]});
        let cat = Emoji {
            shortcode: "cat".into(),
            id: Some("https://a.test/e/1".into()),
            image_url: "https://a.test/cat.png".into(),
            updated: Some(1_767_225_600_000),
        };
        let dog = Emoji { shortcode: "dog".into(), id: None, image_url: "https://a.test/dog.png".into(), updated: None };
        assert_eq!(list(&document), [cat, dog]);
        assert_eq!(list(&json!({ "tag": { "type": "Emoji", "name": "one", "icon": "https://a.test/1.png" } })).len(), 1);
    }
}
