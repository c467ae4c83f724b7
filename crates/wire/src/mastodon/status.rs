//! Statuses: what people post.

use std::ops::Deref;

use serde::{Deserialize, Serialize, Serializer};

use super::{Absent, Account, ApprovalGroup, CustomEmoji, MediaAttachment, Poll, present};
use crate::written::{self, WriteJson};
use crate::{DateTime, Id, Shared};

/// A post, or a boost of one in `reblog`.
///
/// The keys `favourited` to `filtered` are for a viewer who is signed in.
///
/// Source: docs.joinmastodon.org/entities/Status/
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Status {
    #[serde(flatten)]
    pub plain: Shared<PlainStatus>,
    #[serde(flatten)]
    pub carried: Shared<CarriedStatus>,
    /// Shared by all statuses of a page that are the account's.
    pub account: Shared<Account>,
    pub sensitive: bool,
    pub reblog: Option<Box<Status>>,
    pub poll: Option<Poll>,
    pub quote_approval: QuoteApproval,
    pub favourited: Option<bool>,
    pub reblogged: Option<bool>,
    pub muted: Option<bool>,
    pub bookmarked: Option<bool>,
    /// Only on the viewer's own statuses that could be pinned.
    pub pinned: Option<bool>,
    /// The filters of the viewer that match.
    pub filtered: Option<Vec<Absent>>,
}

/// What everybody sees alike of a [`Status`], and what does not change with its author.
///
/// `content` gives way to `text` in the answer to a deletion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlainStatus {
    pub id: Id,
    /// The ActivityPub id.
    pub uri: String,
    pub created_at: DateTime,
    /// HTML; empty for a boost, missing when `text` is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    pub visibility: Visibility,
    /// Missing when the author hides it, null when posted without one.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub application: Option<Option<StatusApplication>>,
    pub reblogs_count: i64,
    pub favourites_count: i64,
    pub quotes_count: i64,
    pub replies_count: i64,
    /// The page of the status; a local boost's is its activity.
    pub url: Option<String>,
    pub in_reply_to_id: Option<Id>,
    pub in_reply_to_account_id: Option<Id>,
    pub card: Option<Absent>,
    /// The text as typed; only in the answer to a deletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub edited_at: Option<DateTime>,
    pub quote: Option<Absent>,
    pub tagged_collections: Vec<Absent>,
}

/// As [`PlainStatus`], and what a boost shows of its original as its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CarriedStatus {
    /// The content warning, plain text; empty when there is none.
    pub spoiler_text: String,
    pub media_attachments: Vec<MediaAttachment>,
    pub mentions: Vec<Mention>,
    pub tags: Vec<StatusTag>,
    pub emojis: Vec<CustomEmoji>,
    pub language: Option<String>,
}

/// The rest of a status but for what it boosts.
#[derive(Serialize)]
struct Personal<'a> {
    account: &'a Shared<Account>,
    sensitive: bool,
    poll: &'a Option<Poll>,
    quote_approval: &'a QuoteApproval,
    #[serde(skip_serializing_if = "Option::is_none")]
    favourited: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reblogged: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    muted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bookmarked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filtered: &'a Option<Vec<Absent>>,
}

impl Status {
    fn personal(&self) -> Personal<'_> {
        Personal {
            account: &self.account,
            sensitive: self.sensitive,
            poll: &self.poll,
            quote_approval: &self.quote_approval,
            favourited: self.favourited,
            reblogged: self.reblogged,
            muted: self.muted,
            bookmarked: self.bookmarked,
            pinned: self.pinned,
            filtered: &self.filtered,
        }
    }
}

impl Deref for Status {
    type Target = PlainStatus;
    fn deref(&self) -> &PlainStatus {
        &self.plain
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Whole<'a> {
            #[serde(flatten)]
            plain: &'a PlainStatus,
            #[serde(flatten)]
            carried: &'a CarriedStatus,
            #[serde(flatten)]
            personal: Personal<'a>,
            reblog: &'a Option<Box<Status>>,
        }
        Whole { plain: &self.plain, carried: &self.carried, personal: self.personal(), reblog: &self.reblog }.serialize(serializer)
    }
}

/// Of a status that many are shown, the plain and the carried part are copied; see [`Shared::json`].
impl WriteJson for Status {
    fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        written::begin_with(out, self.plain.json()?);
        written::fields_of(out, self.carried.json()?);
        written::fields(out, &self.personal())?;
        written::field(out, "reblog", &self.reblog)?;
        written::end(out);
        Ok(())
    }
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

    use super::super::testing::{check, check_written, keys};
    use super::*;

    fn hello() -> Status {
        let plain = PlainStatus {
            id: Id(7),
            uri: "https://a.test/s/7".into(),
            created_at: DateTime(1_767_323_045_678),
            content: Some("<p>hello</p>".into()),
            url: Some("https://a.test/@alice/7".into()),
            ..PlainStatus::default()
        };
        let carried = CarriedStatus {
            language: Some("en".into()),
            mentions: vec![Mention { id: Id(2), username: "bob".into(), url: "https://b.test/@bob".into(), acct: "bob@b.test".into() }],
            tags: vec![StatusTag { name: "cats".into(), url: "https://a.test/tags/cats".into() }],
            ..CarriedStatus::default()
        };
        Status {
            plain: plain.into(),
            carried: carried.into(),
            quote_approval: QuoteApproval { automatic: vec![ApprovalGroup::Public], manual: vec![], current_user: QuoteApprovalState::Automatic },
            ..Status::default()
        }
    }

    fn hello_json() -> Value {
        json!({
            "id": "7",
            "uri": "https://a.test/s/7",
            "created_at": "2026-01-02T03:04:05.678Z",
            "content": "<p>hello</p>",
            "visibility": "public",
            "reblogs_count": 0,
            "favourites_count": 0,
            "quotes_count": 0,
            "replies_count": 0,
            "url": "https://a.test/@alice/7",
            "in_reply_to_id": null,
            "in_reply_to_account_id": null,
            "card": null,
            "edited_at": null,
            "quote": null,
            "tagged_collections": [],
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
            "language": "en",
            "account": Account::default(),
            "sensitive": false,
            "poll": null,
            "quote_approval": {
                "automatic": ["public"],
                "manual": [],
                "current_user": "automatic",
            },
            "reblog": null,
        })
    }

    #[test]
    fn a_passer_by_sees_a_status_without_the_viewers_keys() {
        check(hello(), hello_json());
    }

    #[test]
    fn it_is_the_same_in_whichever_way_it_is_written() {
        let boost = Status { reblog: Some(Box::new(hello())), favourited: Some(true), filtered: Some(vec![]), ..Status::default() };
        check_written(&vec![hello(), boost]);
        check_written(&Vec::<Status>::new());
    }

    #[test]
    fn a_viewer_sees_what_they_did_with_a_boosted_reply() {
        let plain = PlainStatus {
            id: Id(9),
            content: Some(String::new()),
            visibility: Visibility::Private,
            application: Some(None),
            in_reply_to_id: Some(Id(5)),
            in_reply_to_account_id: Some(Id(2)),
            edited_at: Some(DateTime(1)),
            ..PlainStatus::default()
        };
        let boost = Status {
            plain: plain.into(),
            reblog: Some(Box::new(hello())),
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
                "content": "",
                "visibility": "private",
                "application": null,
                "reblogs_count": 0,
                "favourites_count": 0,
                "quotes_count": 0,
                "replies_count": 0,
                "url": null,
                "in_reply_to_id": "5",
                "in_reply_to_account_id": "2",
                "card": null,
                "edited_at": "1970-01-01T00:00:00.001Z",
                "quote": null,
                "tagged_collections": [],
                "spoiler_text": "",
                "media_attachments": [],
                "mentions": [],
                "tags": [],
                "emojis": [],
                "language": null,
                "account": Account::default(),
                "sensitive": false,
                "poll": null,
                "quote_approval": { "automatic": [], "manual": [], "current_user": "denied" },
                "favourited": true,
                "reblogged": false,
                "muted": false,
                "bookmarked": true,
                "pinned": false,
                "filtered": [],
                "reblog": hello_json(),
            }),
        );
    }

    #[test]
    fn a_deleted_status_has_its_text_instead_of_its_content() {
        let deleted = PlainStatus {
            content: None,
            text: Some("hello".into()),
            application: Some(Some(StatusApplication { name: "toot".into(), website: None })),
            ..(*hello().plain).clone()
        };
        let deleted = Status { plain: deleted.into(), ..hello() };
        let mut expected = Value::Null;
        for (key, value) in hello_json().as_object().expect("a status is an object") {
            match key.as_str() {
                "content" => continue,
                "reblogs_count" => expected["application"] = json!({ "name": "toot", "website": null }),
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
        let none = PlainStatus { application: Some(None), ..(*hello().plain).clone() };
        let none = Status { plain: none.into(), ..hello() };
        assert!(keys(&none).iter().any(|key| key == "application"));
    }

    #[test]
    fn something_that_is_not_made_here_is_refused_on_reading() {
        let mut json = hello_json();
        json["card"] = json!({ "url": "https://a.test" });
        assert!(serde_json::from_value::<Status>(json).is_err());
    }
}
