//! Accounts: anyone who can post, here or on another server.

use serde::{Deserialize, Serialize};

use super::{Absent, AccountRole, CustomEmoji, Role, is_false, status::Visibility};
use crate::{Date, DateTime, Id};

/// A profile as anyone sees it.
///
/// Source: docs.joinmastodon.org/entities/Account/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub id: Id,
    /// Without the domain.
    pub username: String,
    /// `username` here, `username@domain` elsewhere.
    pub acct: String,
    /// The profile page; the ActivityPub id when a remote page is unusable.
    pub url: Option<String>,
    /// The ActivityPub id.
    pub uri: String,
    pub display_name: String,
    /// HTML.
    pub note: String,
    /// Never missing: a default image stands in, as for the three below.
    pub avatar: String,
    pub avatar_static: String,
    /// Empty when there is none.
    pub avatar_description: String,
    pub header: String,
    pub header_static: String,
    /// Empty when there is none.
    pub header_description: String,
    /// Follows wait for approval.
    pub locked: bool,
    pub fields: Vec<Field>,
    pub emojis: Vec<CustomEmoji>,
    pub bot: bool,
    pub group: bool,
    pub discoverable: Option<bool>,
    pub indexable: bool,
    /// Local accounts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noindex: Option<bool>,
    /// Where the account went; that account's own `moved` is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Box<Account>>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub memorial: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub suspended: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub limited: bool,
    /// Floored to midnight; see [`DateTime::floored_to_day`].
    pub created_at: DateTime,
    pub last_status_at: Option<Date>,
    pub statuses_count: i64,
    pub followers_count: i64,
    pub following_count: i64,
    pub hide_collections: Option<bool>,
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    /// Local accounts only; the highlighted roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<AccountRole>>,
    pub feature_approval: FeatureApproval,
    /// Only where the server offers subscriptions by e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_subscriptions: Option<bool>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub invalid_handle: bool,
}

/// A row of the table on a profile.
///
/// Source: docs.joinmastodon.org/entities/Account/#Field
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    /// HTML; inside [`Source`] the text as typed.
    pub value: String,
    /// When the linked page was seen to link back.
    pub verified_at: Option<DateTime>,
}

/// An account in the list of those the viewer mutes.
///
/// Source: docs.joinmastodon.org/entities/Account/#MutedAccount
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MutedAccount {
    #[serde(flatten)]
    pub account: Account,
    /// When the mute ends by itself; null for never.
    pub mute_expires_at: Option<DateTime>,
}

/// Whom the viewer follows among the followers of the account `id`.
///
/// Source: docs.joinmastodon.org/entities/FamiliarFollowers/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FamiliarFollowers {
    pub id: Id,
    pub accounts: Vec<Account>,
}

/// The viewer's own account: an [`Account`] with what only its owner sees.
///
/// Source: docs.joinmastodon.org/entities/Account/#CredentialAccount
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CredentialAccount {
    #[serde(flatten)]
    pub account: Account,
    pub source: Source,
    pub role: Role,
}

/// The profile as typed, and the defaults for posting.
///
/// Source: docs.joinmastodon.org/entities/Account/#source
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub attribution_domains: Vec<String>,
    pub note: String,
    pub fields: Vec<Field>,
    pub privacy: Visibility,
    pub sensitive: bool,
    /// Null when unset.
    pub language: Option<String>,
    /// Capped at 40 by whoever counts.
    pub follow_requests_count: i64,
    pub hide_collections: Option<bool>,
    pub discoverable: Option<bool>,
    pub indexable: bool,
    pub quote_policy: QuotePolicy,
}

/// Who may quote a person's posts, by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotePolicy {
    #[default]
    Public,
    Followers,
    Nobody,
}

/// The viewer's own profile, for the page that edits it.
///
/// Source: docs.joinmastodon.org/entities/Profile/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub id: Id,
    pub display_name: String,
    /// As typed; `formatted_note` is HTML. The same holds for the fields.
    pub note: String,
    pub fields: Vec<Field>,
    pub formatted_note: String,
    pub formatted_fields: Vec<Field>,
    /// Null when there is none, as for the three below.
    pub avatar: Option<String>,
    pub avatar_static: Option<String>,
    pub avatar_description: String,
    pub header: Option<String>,
    pub header_static: Option<String>,
    pub header_description: String,
    pub locked: bool,
    pub bot: bool,
    pub hide_collections: Option<bool>,
    pub discoverable: Option<bool>,
    pub indexable: bool,
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    pub attribution_domains: Vec<String>,
    pub featured_tags: Vec<Absent>,
}

/// The viewer's choices for posting and reading.
///
/// Source: docs.joinmastodon.org/entities/Preferences/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preferences {
    #[serde(rename = "posting:default:visibility")]
    pub visibility: Visibility,
    #[serde(rename = "posting:default:sensitive")]
    pub sensitive: bool,
    #[serde(rename = "posting:default:language")]
    pub language: Option<String>,
    #[serde(rename = "posting:default:quote_policy")]
    pub quote_policy: QuotePolicy,
    #[serde(rename = "reading:expand:media")]
    pub expand_media: ExpandMedia,
    #[serde(rename = "reading:expand:spoilers")]
    pub expand_spoilers: bool,
    #[serde(rename = "reading:autoplay:gifs")]
    pub autoplay_gifs: bool,
}

/// Which media are shown without a click.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpandMedia {
    #[default]
    Default,
    ShowAll,
    HideAll,
}

/// Who may put this account in a collection, and whether the viewer may.
///
/// Source: docs.joinmastodon.org/entities/FeatureApproval/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeatureApproval {
    pub automatic: Vec<ApprovalGroup>,
    pub manual: Vec<ApprovalGroup>,
    pub current_user: FeatureApprovalState,
}

/// A group of people that an approval speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalGroup {
    Public,
    Followers,
    Following,
    UnsupportedPolicy,
}

/// What an attempt by the viewer to feature the account would meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureApprovalState {
    Automatic,
    Manual,
    #[default]
    Denied,
    Unknown,
    Missing,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{check, keys};
    use super::*;

    fn alice() -> Account {
        Account {
            id: Id(109),
            username: "alice".into(),
            acct: "alice".into(),
            url: Some("https://a.test/@alice".into()),
            uri: "https://a.test/ap/users/109".into(),
            display_name: "Alice".into(),
            note: "<p>hi</p>".into(),
            avatar: "https://a.test/a.png".into(),
            avatar_static: "https://a.test/a.png".into(),
            header: "https://a.test/h.png".into(),
            header_static: "https://a.test/h.png".into(),
            fields: vec![Field { name: "site".into(), value: "https://alice.test".into(), verified_at: Some(DateTime(1)) }],
            noindex: Some(false),
            created_at: DateTime(1_767_323_045_678).floored_to_day(),
            last_status_at: Some(Date(1_767_312_000_000)),
            statuses_count: 3,
            show_media: true,
            roles: Some(vec![]),
            feature_approval: FeatureApproval {
                automatic: vec![ApprovalGroup::Public, ApprovalGroup::UnsupportedPolicy],
                manual: vec![ApprovalGroup::Followers, ApprovalGroup::Following],
                current_user: FeatureApprovalState::Missing,
            },
            ..Account::default()
        }
    }

    fn alice_json() -> Value {
        json!({
            "id": "109",
            "username": "alice",
            "acct": "alice",
            "url": "https://a.test/@alice",
            "uri": "https://a.test/ap/users/109",
            "display_name": "Alice",
            "note": "<p>hi</p>",
            "avatar": "https://a.test/a.png",
            "avatar_static": "https://a.test/a.png",
            "avatar_description": "",
            "header": "https://a.test/h.png",
            "header_static": "https://a.test/h.png",
            "header_description": "",
            "locked": false,
            "fields": [{
                "name": "site",
                "value": "https://alice.test",
                "verified_at": "1970-01-01T00:00:00.001Z",
            }],
            "emojis": [],
            "bot": false,
            "group": false,
            "discoverable": null,
            "indexable": false,
            "noindex": false,
            "created_at": "2026-01-02T00:00:00.000Z",
            "last_status_at": "2026-01-02",
            "statuses_count": 3,
            "followers_count": 0,
            "following_count": 0,
            "hide_collections": null,
            "show_media": true,
            "show_media_replies": false,
            "show_featured": false,
            "roles": [],
            "feature_approval": {
                "automatic": ["public", "unsupported_policy"],
                "manual": ["followers", "following"],
                "current_user": "missing",
            },
        })
    }

    #[test]
    fn a_local_account_has_every_lasting_key() {
        check(alice(), alice_json());
    }

    #[test]
    fn keys_that_do_not_apply_are_left_out_and_the_rest_are_null() {
        check(
            Account::default(),
            json!({
                "id": "0",
                "username": "",
                "acct": "",
                "url": null,
                "uri": "",
                "display_name": "",
                "note": "",
                "avatar": "",
                "avatar_static": "",
                "avatar_description": "",
                "header": "",
                "header_static": "",
                "header_description": "",
                "locked": false,
                "fields": [],
                "emojis": [],
                "bot": false,
                "group": false,
                "discoverable": null,
                "indexable": false,
                "created_at": "1970-01-01T00:00:00.000Z",
                "last_status_at": null,
                "statuses_count": 0,
                "followers_count": 0,
                "following_count": 0,
                "hide_collections": null,
                "show_media": false,
                "show_media_replies": false,
                "show_featured": false,
                "feature_approval": { "automatic": [], "manual": [], "current_user": "denied" },
            }),
        );
    }

    #[test]
    fn keys_that_apply_stand_in_their_place() {
        let account = Account {
            moved: Some(Box::new(alice())),
            memorial: true,
            suspended: true,
            limited: true,
            email_subscriptions: Some(false),
            invalid_handle: true,
            ..Account::default()
        };
        let keys = keys(&account);
        let at = |key: &str| keys.iter().position(|k| k == key).expect("the key is there");
        assert_eq!(at("moved"), at("indexable") + 1);
        assert_eq!(at("memorial"), at("moved") + 1);
        assert_eq!(at("suspended"), at("memorial") + 1);
        assert_eq!(at("limited"), at("suspended") + 1);
        assert_eq!(at("created_at"), at("limited") + 1);
        assert_eq!(at("email_subscriptions"), at("feature_approval") + 1);
        assert_eq!(at("invalid_handle"), at("email_subscriptions") + 1);
        let json = serde_json::to_string(&account).expect("entities are writable");
        let read: Account = serde_json::from_str(&json).expect("entities are readable");
        assert_eq!(read, account);
    }

    #[test]
    fn ones_own_account_adds_source_and_role() {
        let own = CredentialAccount {
            account: alice(),
            source: Source {
                attribution_domains: vec!["alice.test".into()],
                note: "hi".into(),
                privacy: Visibility::Unlisted,
                follow_requests_count: 40,
                discoverable: Some(true),
                quote_policy: QuotePolicy::Nobody,
                ..Source::default()
            },
            role: Role { id: Id(-99), permissions: "0".into(), ..Role::default() },
        };
        let mut expected = alice_json();
        expected["source"] = json!({
            "attribution_domains": ["alice.test"],
            "note": "hi",
            "fields": [],
            "privacy": "unlisted",
            "sensitive": false,
            "language": null,
            "follow_requests_count": 40,
            "hide_collections": null,
            "discoverable": true,
            "indexable": false,
            "quote_policy": "nobody",
        });
        expected["role"] = json!({
            "id": "-99",
            "name": "",
            "color": "",
            "permissions": "0",
            "highlighted": false,
            "collection_limit": 0,
        });
        check(own, expected);
    }
}
