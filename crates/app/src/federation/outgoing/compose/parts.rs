//! Parts that several documents have.

use serde_json::{Value, json};
use store::documents::Emoji;
use wire::DateTime;

use crate::urls::Urls;

/// The collections and boxes of a local actor hang on its address.
pub fn of_actor(actor: &str, place: &str) -> String {
    format!("{actor}/{place}")
}

/// A custom emoji, as an object and as a tag.
pub fn emoji(urls: &Urls, emoji: &Emoji) -> Value {
    json!({
        "id": urls.emoji_uri(emoji.id),
        "type": "Emoji",
        "name": format!(":{}:", emoji.shortcode),
        "updated": DateTime(emoji.updated_at).to_string(),
        "icon": { "type": "Image", "mediaType": emoji.mime, "url": urls.media_url(&emoji.key) },
    })
}

/// A hashtag, as a tag.
pub(super) fn hashtag(urls: &Urls, name: &str) -> Value {
    json!({ "type": "Hashtag", "href": urls.tag_url(name), "name": format!("#{name}") })
}
