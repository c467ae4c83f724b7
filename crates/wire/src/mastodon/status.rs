//! Statuses: what people post.

use serde::{Deserialize, Serialize};

use super::{Absent, Account, ApprovalGroup, CustomEmoji, MediaAttachment, Poll, present};
use crate::{DateTime, Id, Shared};

/// A post, or a boost of one in `reblog`.
///
/// The keys `favourited` to `filtered` are for a viewer who is signed in; `content` gives way
/// to `text` in the answer to a deletion.
///
/// Source: docs.joinmastodon.org/entities/Status/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub id: Id,
    /// The ActivityPub id.
    pub uri: String,
    pub created_at: DateTime,
    /// Shared by all statuses of a page that are the account's.
    pub account: Shared<Account>,
    /// HTML; empty for a boost, missing when `text` is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    pub visibility: Visibility,
    pub sensitive: bool,
    /// The content warning, plain text; empty when there is none.
    pub spoiler_text: String,
    pub media_attachments: Vec<MediaAttachment>,
    /// Missing when the author hides it, null when posted without one.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub application: Option<Option<StatusApplication>>,
    pub mentions: Vec<Mention>,
    pub tags: Vec<StatusTag>,
    pub emojis: Vec<CustomEmoji>,
    pub reblogs_count: i64,
    pub favourites_count: i64,
    pub quotes_count: i64,
    pub replies_count: i64,
    /// The page of the status; a local boost's is its activity.
    pub url: Option<String>,
    pub in_reply_to_id: Option<Id>,
    pub in_reply_to_account_id: Option<Id>,
    pub reblog: Option<Box<Status>>,
    pub poll: Option<Poll>,
    pub card: Option<Absent>,
    pub language: Option<String>,
    /// The text as typed; only in the answer to a deletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub edited_at: Option<DateTime>,
    pub quote: Option<Absent>,
    pub quote_approval: QuoteApproval,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub favourited: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reblogged: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bookmarked: Option<bool>,
    /// Only on the viewer's own statuses that could be pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// The filters of the viewer that match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filtered: Option<Vec<Absent>>,
    pub tagged_collections: Vec<Absent>,
}

/// Who can see a status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone, and public timelines show it.
    #[default]
    Public,
    /// Everyone, but public timelines do not show it.
    Unlisted,
    /// Followers and those mentioned.
    Private,
    /// Those mentioned.
    Direct,
}

/// The application a status was posted with.
///
/// Source: docs.joinmastodon.org/entities/Status/#application
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StatusApplication {
    pub name: String,
    pub website: Option<String>,
}

/// `Status::Mention`: an account that a status addresses.
///
/// Source: docs.joinmastodon.org/entities/Status/#Mention
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mention {
    /// The account's id.
    pub id: Id,
    pub username: String,
    pub url: String,
    pub acct: String,
}

/// `Status::Tag`: a hashtag in a status.
///
/// Source: docs.joinmastodon.org/entities/Status/#Tag
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StatusTag {
    /// Without the `#`.
    pub name: String,
    pub url: String,
}

/// Who may quote a status, and whether the viewer may.
///
/// Source: docs.joinmastodon.org/entities/QuoteApproval/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QuoteApproval {
    pub automatic: Vec<ApprovalGroup>,
    pub manual: Vec<ApprovalGroup>,
    pub current_user: QuoteApprovalState,
}

/// What a quote by the viewer would meet; `denied` for those not signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuoteApprovalState {
    Automatic,
    Manual,
    #[default]
    Denied,
    Unknown,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{check, keys};
    use super::*;

    fn hello() -> Status {
        Status {
            id: Id(7),
            uri: "https://a.test/s/7".into(),
            created_at: DateTime(1_767_323_045_678),
            content: Some("<p>hello</p>".into()),
            url: Some("https://a.test/@alice/7".into()),
            language: Some("en".into()),
            mentions: vec![Mention { id: Id(2), username: "bob".into(), url: "https://b.test/@bob".into(), acct: "bob@b.test".into() }],
            tags: vec![StatusTag { name: "cats".into(), url: "https://a.test/tags/cats".into() }],
            quote_approval: QuoteApproval { automatic: vec![ApprovalGroup::Public], manual: vec![], current_user: QuoteApprovalState::Automatic },
            ..Status::default()
        }
    }

    fn hello_json() -> Value {
        json!({
            "id": "7",
            "uri": "https://a.test/s/7",
            "created_at": "2026-01-02T03:04:05.678Z",
            "account": Account::default(),
            "content": "<p>hello</p>",
            "visibility": "public",
            "sensitive": false,
            "spoiler_text": "",
            "media_attachments": [],
            "mentions": [{
                "id": "2",
                "username": "bob",
                "url": "https://b.test/@bob",
                "acct": "bob@b.test",
            }],
            "tags": [{ "name": "cats", "url": "https://a.test/tags/cats" }],
            "emojis": [],
            "reblogs_count": 0,
            "favourites_count": 0,
            "quotes_count": 0,
            "replies_count": 0,
            "url": "https://a.test/@alice/7",
            "in_reply_to_id": null,
            "in_reply_to_account_id": null,
            "reblog": null,
            "poll": null,
            "card": null,
            "language": "en",
            "edited_at": null,
            "quote": null,
            "quote_approval": {
                "automatic": ["public"],
                "manual": [],
                "current_user": "automatic",
            },
            "tagged_collections": [],
        })
    }

    #[test]
    fn a_passer_by_sees_a_status_without_the_viewers_keys() {
        check(hello(), hello_json());
    }

    #[test]
    fn a_viewer_sees_what_they_did_with_a_boosted_reply() {
        let boost = Status {
            id: Id(9),
            content: Some(String::new()),
            visibility: Visibility::Private,
            application: Some(None),
            in_reply_to_id: Some(Id(5)),
            in_reply_to_account_id: Some(Id(2)),
            reblog: Some(Box::new(hello())),
            edited_at: Some(DateTime(1)),
            favourited: Some(true),
            reblogged: Some(false),
            muted: Some(false),
            bookmarked: Some(true),
            pinned: Some(false),
            filtered: Some(vec![]),
            ..Status::default()
        };
        check(
            boost,
            json!({
                "id": "9",
                "uri": "",
                "created_at": "1970-01-01T00:00:00.000Z",
                "account": Account::default(),
                "content": "",
                "visibility": "private",
                "sensitive": false,
                "spoiler_text": "",
                "media_attachments": [],
                "application": null,
                "mentions": [],
                "tags": [],
                "emojis": [],
                "reblogs_count": 0,
                "favourites_count": 0,
                "quotes_count": 0,
                "replies_count": 0,
                "url": null,
                "in_reply_to_id": "5",
                "in_reply_to_account_id": "2",
                "reblog": hello_json(),
                "poll": null,
                "card": null,
                "language": null,
                "edited_at": "1970-01-01T00:00:00.001Z",
                "quote": null,
                "quote_approval": { "automatic": [], "manual": [], "current_user": "denied" },
                "favourited": true,
                "reblogged": false,
                "muted": false,
                "bookmarked": true,
                "pinned": false,
                "filtered": [],
                "tagged_collections": [],
            }),
        );
    }

    #[test]
    fn a_deleted_status_has_its_text_instead_of_its_content() {
        let deleted = Status {
            content: None,
            text: Some("hello".into()),
            application: Some(Some(StatusApplication { name: "toot".into(), website: None })),
            ..hello()
        };
        let mut expected = Value::Null;
        for (key, value) in hello_json().as_object().expect("a status is an object") {
            match key.as_str() {
                "content" => continue,
                "mentions" => expected["application"] = json!({ "name": "toot", "website": null }),
                "edited_at" => expected["text"] = json!("hello"),
                _ => {}
            }
            expected[key] = value.clone();
        }
        check(deleted, expected);
    }

    #[test]
    fn a_hidden_application_and_no_application_are_told_apart() {
        let hidden = keys(&hello());
        assert!(!hidden.iter().any(|key| key == "application"));
        let none = Status { application: Some(None), ..hello() };
        assert!(keys(&none).iter().any(|key| key == "application"));
    }

    #[test]
    fn something_that_is_not_made_here_is_refused_on_reading() {
        let mut json = hello_json();
        json["card"] = json!({ "url": "https://a.test" });
        assert!(serde_json::from_value::<Status>(json).is_err());
    }
}
