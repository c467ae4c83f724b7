//! Entities as clients must get them, key by key.

use app::testing::Person;
use serde_json::{Value, json};

/// When a test's world begins.
pub const NOW: &str = "2026-01-01T12:00:00.000Z";

/// `base` with the keys of `changes` put in.
pub fn with(mut base: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        base[key] = value.clone();
    }
    base
}

/// A new local account as anybody sees it.
pub fn account(person: &Person) -> Value {
    let (id, name) = (person.account.to_string(), &person.name);
    json!({
        "id": id,
        "username": name,
        "acct": name,
        "url": format!("https://here.test/@{name}"),
        "uri": format!("https://here.test/ap/users/{id}"),
        "display_name": "",
        "note": "",
        "avatar": "https://here.test/avatars/original/missing.png",
        "avatar_static": "https://here.test/avatars/original/missing.png",
        "avatar_description": "",
        "header": "https://here.test/headers/original/missing.png",
        "header_static": "https://here.test/headers/original/missing.png",
        "header_description": "",
        "locked": false,
        "fields": [],
        "emojis": [],
        "bot": false,
        "group": false,
        "discoverable": null,
        "indexable": false,
        "noindex": false,
        "created_at": "2026-01-01T00:00:00.000Z",
        "last_status_at": null,
        "statuses_count": 0,
        "followers_count": 0,
        "following_count": 0,
        "hide_collections": null,
        "show_media": true,
        "show_media_replies": true,
        "show_featured": true,
        "roles": [],
        "feature_approval": { "automatic": [], "manual": [], "current_user": "denied" },
    })
}

/// The account of somebody who has posted.
pub fn author(person: &Person, statuses: i64) -> Value {
    with(account(person), json!({ "statuses_count": statuses, "last_status_at": "2026-01-01" }))
}

/// A public status of `hello` by somebody who has posted nothing else, as anybody sees it.
pub fn status(id: &str, person: &Person) -> Value {
    let (account, name) = (person.account, &person.name);
    json!({
        "id": id,
        "created_at": NOW,
        "in_reply_to_id": null,
        "in_reply_to_account_id": null,
        "sensitive": false,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": format!("https://here.test/ap/users/{account}/statuses/{id}"),
        "url": format!("https://here.test/@{name}/{id}"),
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "quotes_count": 0,
        "edited_at": null,
        "content": "<p>hello</p>",
        "reblog": null,
        "application": { "name": "Ferrodon", "website": null },
        "account": author(person, 1),
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "tagged_collections": [],
        "emojis": [],
        "quote": null,
        "card": null,
        "poll": null,
        "quote_approval": { "automatic": ["public"], "manual": [], "current_user": "denied" },
    })
}

/// What a signed-in viewer sees besides.
pub fn marks() -> Value {
    json!({
        "favourited": false,
        "reblogged": false,
        "muted": false,
        "bookmarked": false,
        "filtered": [],
    })
}

/// The same as its author sees it.
pub fn own_status(id: &str, person: &Person) -> Value {
    with(with(status(id, person), marks()), json!({ "pinned": false }))
}

pub fn relationship(person: &Person) -> Value {
    json!({
        "id": person.account.to_string(),
        "following": false,
        "showing_reblogs": false,
        "notifying": false,
        "languages": null,
        "followed_by": false,
        "blocking": false,
        "blocked_by": false,
        "muting": false,
        "muting_notifications": false,
        "muting_expires_at": null,
        "requested": false,
        "requested_by": false,
        "domain_blocking": false,
        "endorsed": false,
        "note": "",
    })
}
