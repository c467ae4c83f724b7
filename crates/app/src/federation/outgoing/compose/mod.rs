//! Documents made of rows: what others read from us, and the activities that tell them what happened. Those made of
//! addresses alone are in `wire::activity::write`; the `@context` is put before all of them by
//! [`wire::activity::with_context`].
//!
//! A document of any kind costs a fixed number of statements, however many statuses are in it.

mod activity;
mod actor;
mod note;

pub use activity::{activity, announce, create, update, update_actor};
pub use actor::actor;
pub use note::{Audience, Notes, load, note};

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
fn hashtag(urls: &Urls, name: &str) -> Value {
    json!({ "type": "Hashtag", "href": urls.tag_url(name), "name": format!("#{name}") })
}
