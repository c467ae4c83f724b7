//! Custom emoji: small images that stand for `:shortcode:` in text.

use serde::{Deserialize, Serialize};

/// A custom emoji. `category` and `featured` belong to the list of all emoji only:
/// emoji inside a status or an account go without them.
///
/// Source: docs.joinmastodon.org/entities/CustomEmoji/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CustomEmoji {
    /// Without the colons.
    pub shortcode: String,
    pub url: String,
    /// The same without animation.
    pub static_url: String,
    pub visible_in_picker: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featured: Option<bool>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    fn blobcat() -> CustomEmoji {
        CustomEmoji {
            shortcode: "blobcat".into(),
            url: "https://a.test/e.gif".into(),
            static_url: "https://a.test/e.png".into(),
            visible_in_picker: true,
            ..CustomEmoji::default()
        }
    }

    #[test]
    fn an_emoji_in_a_text_has_no_category() {
        check(
            blobcat(),
            json!({
                "shortcode": "blobcat",
                "url": "https://a.test/e.gif",
                "static_url": "https://a.test/e.png",
                "visible_in_picker": true,
            }),
        );
    }

    #[test]
    fn an_emoji_in_the_list_has_its_category() {
        check(
            CustomEmoji { category: Some("Cats".into()), featured: Some(false), ..blobcat() },
            json!({
                "shortcode": "blobcat",
                "url": "https://a.test/e.gif",
                "static_url": "https://a.test/e.png",
                "visible_in_picker": true,
                "category": "Cats",
                "featured": false,
            }),
        );
    }
}
