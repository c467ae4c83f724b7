//! Files that documents name: an address, or a link or a list of links that stands in its place.

use serde_json::Value;

use super::address::{self, LINKS_MAX, NESTED_MAX};
use super::document::{many, text, words};
use crate::media::{self, Kind};

/// A file with what the objects around its address say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct File<'a> {
    /// Encoded: see [`address::resource`].
    pub url: String,
    /// Of the type it is said to be, or that its name ends in; `None` if nothing tells.
    pub kind: Option<Kind>,
    /// The objects that have something to say of it, the outermost first.
    around: Vec<&'a Value>,
}

impl<'a> File<'a> {
    /// A number above zero that the innermost object says of it. Some write `300.0` or `"300"`.
    pub fn number(&self, key: &str) -> Option<u32> {
        let read = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
        let numbers = self.around.iter().rev().filter_map(|object| read(object.get(key)?));
        numbers.map(f64::round).find(|number| (1.0..=f64::from(u32::MAX)).contains(number)).map(|number| number as u32)
    }

    /// A text that the outermost object says of it.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.around.iter().find_map(|object| text(object, key))
    }

    /// What it shows, in words. Source: Mastodon reads `summary`, then `name`
    pub fn description(&self) -> Option<&'a str> {
        let outer = self.around.first()?;
        words(outer, "summary").or_else(|| words(outer, "name"))
    }
}

/// The files of an object that has them in `url` (or `href`): as many as there are addresses.
pub fn list(object: &Value) -> Vec<File<'_>> {
    let mut found = Vec::new();
    collect(object, &mut Vec::new(), &mut found);
    found
}

/// The files in `url` alone, of an object that may be a link to a page besides.
pub fn list_in_url(object: &Value) -> Vec<File<'_>> {
    let mut found = Vec::new();
    if let Some(url) = object.get("url") {
        collect(url, &mut vec![object], &mut found);
    }
    found
}

/// The best picture among the values of a property: the widest that is shown; the first of those as wide, or of those
/// that do not say how wide they are.
pub fn picture<'a>(of: &'a Value, key: &str) -> Option<File<'a>> {
    let pictures = many(of, key).take(LINKS_MAX).flat_map(list).filter(|file| file.kind.is_none_or(|kind| kind == Kind::Image));
    let width = |file: &File| file.number("width").unwrap_or(0);
    pictures.reduce(|best, next| if width(&next) > width(&best) { next } else { best })
}

fn collect<'a>(value: &'a Value, around: &mut Vec<&'a Value>, found: &mut Vec<File<'a>>) {
    if found.len() >= LINKS_MAX || around.len() > NESTED_MAX {
        return;
    }
    match value {
        Value::String(written) => found.extend(file(written, around)),
        Value::Array(values) => {
            for value in values.iter().take(LINKS_MAX).filter(|value| !value.is_array()) {
                collect(value, around, found);
            }
        }
        Value::Object(object) => {
            let before = found.len();
            around.push(value);
            for link in ["href", "url"].iter().filter_map(|key| object.get(*key)) {
                if found.len() == before {
                    collect(link, around, found);
                }
            }
            around.pop();
        }
        _ => {}
    }
}

fn file<'a>(written: &str, around: &[&'a Value]) -> Option<File<'a>> {
    let url = address::resource(written)?;
    let said = around.iter().flat_map(|object| ["mediaType", "mimeType"].iter().filter_map(|key| text(object, key)));
    let kind = said.filter_map(media::by_media_type).next().or_else(|| media::by_ending(&url));
    Some(File { url, kind, around: around.to_vec() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn urls(object: &Value) -> Vec<String> {
        list(object).into_iter().map(|file| file.url).collect()
    }

    #[test]
    fn files_are_found_in_all_forms_of_links() {
        let cases = [
            (json!("https://a.test/1.png"), vec!["https://a.test/1.png"]),
            (json!({ "url": "https://a.test/1.png" }), vec!["https://a.test/1.png"]),
            (json!({ "href": "", "url": "https://a.test/1.png" }), vec!["https://a.test/1.png"]),
            (
                json!({ "url": ["", { "href": "https://a.test/a b.png" }, "https://a.test/2.png"] }),
                vec!["https://a.test/a%20b.png", "https://a.test/2.png"],
            ),
            (json!({ "url": { "type": "Link", "href": "https://a.test/1.png" } }), vec!["https://a.test/1.png"]),
            (json!({ "url": {} }), vec![]),
            (json!({ "url": [[["https://a.test/1.png"]]] }), vec![]),
            (json!(7), vec![]),
        ];
        for (object, expected) in cases {
            assert_eq!(urls(&object), expected, "{object}");
        }
    }

    #[test]
    fn the_widest_picture_that_is_shown_is_taken() {
        let best = |value: Value| picture(&json!({ "icon": value }), "icon").map(|file| file.url.rsplit('/').next().unwrap().to_owned());
        let picture = |name: &str, width: u64| json!({ "type": "Image", "url": format!("https://a.test/{name}"), "width": width });
        assert_eq!(best(json!([picture("48.png", 48), picture("400.png", 400), picture("120.png", 120)])).as_deref(), Some("400.png"));
        assert_eq!(best(json!([{ "type": "Image" }, "", { "url": "" }, picture("1.png", 1)])).as_deref(), Some("1.png"));
        assert_eq!(best(json!([picture("big.svg", 4000), picture("small.png", 48)])).as_deref(), Some("small.png"));
        assert_eq!(best(json!(["https://a.test/1.png", "https://a.test/2.png"])).as_deref(), Some("1.png"));
        assert_eq!(
            best(json!({ "url": [{ "href": "https://a.test/1.png", "width": 1 }, { "href": "https://a.test/2.png", "width": 2 }] })).as_deref(),
            Some("2.png")
        );
        for none in [json!([{ "url": "https://a.test/1", "mediaType": "image/tiff" }]), json!("https://a.test/1.mp4"), json!([{}, null, 7, "x"])] {
            assert_eq!(best(none.clone()), None, "{none}");
        }
    }
}
