//! What the server says about itself, in the two versions of the API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Account;
use crate::{DateTime, Id};

/// The server, as `GET /api/v2/instance` shows it.
///
/// Source: docs.joinmastodon.org/entities/Instance/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    pub domain: String,
    pub title: String,
    /// Starts with the version of Mastodon that clients may expect.
    pub version: String,
    pub source_url: String,
    /// Plain text.
    pub description: String,
    /// The year of the running review of the year.
    pub wrapstodon: Option<i32>,
    pub usage: InstanceUsage,
    pub thumbnail: InstanceThumbnail,
    pub icon: Vec<InstanceIcon>,
    pub languages: Vec<String>,
    pub configuration: InstanceConfiguration,
    pub registrations: InstanceRegistrations,
    pub api_versions: ApiVersions,
    pub contact: InstanceContact,
    pub rules: Vec<Rule>,
}

/// How much the server is used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceUsage {
    pub users: InstanceUsers,
}

/// How many people use it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceUsers {
    /// 0 when the server federates with few.
    pub active_month: i64,
}

/// The picture of the server; `blurhash` and `versions` are missing for the default one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceThumbnail {
    pub url: String,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blurhash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions: Option<ThumbnailVersions>,
}

/// The picture for plain and for dense screens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ThumbnailVersions {
    #[serde(rename = "@1x", skip_serializing_if = "Option::is_none")]
    pub x1: Option<String>,
    #[serde(rename = "@2x", skip_serializing_if = "Option::is_none")]
    pub x2: Option<String>,
}

/// One size of the server's icon.
///
/// Source: docs.joinmastodon.org/entities/Instance/#InstanceIcon
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceIcon {
    pub src: String,
    /// `WIDTHxHEIGHT`, square: 36, 48, 72, 96, 144, 192, 256, 384, 512.
    pub size: String,
}

/// Limits and addresses that clients work with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceConfiguration {
    pub urls: InstanceUrls,
    pub vapid: Vapid,
    pub accounts: AccountsConfiguration,
    pub statuses: StatusesConfiguration,
    pub media_attachments: MediaConfiguration,
    pub polls: PollsConfiguration,
    pub translation: TranslationConfiguration,
    pub timelines_access: TimelinesAccess,
    pub limited_federation: bool,
}

/// Addresses of the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceUrls {
    /// `wss://…`.
    pub streaming: String,
    /// The page that tells about outages.
    pub status: Option<String>,
    pub about: String,
    pub privacy_policy: Option<String>,
    pub terms_of_service: Option<String>,
}

/// The key that signs Web Push, base64url.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vapid {
    pub public_key: String,
}

/// Lengths in characters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountsConfiguration {
    pub max_display_name_length: u32,
    pub max_note_length: u32,
    pub max_avatar_description_length: u32,
    pub max_header_description_length: u32,
    pub max_featured_tags: u32,
    pub max_pinned_statuses: u32,
    pub max_profile_fields: u32,
    pub profile_field_name_limit: u32,
    pub profile_field_value_limit: u32,
}

/// Limits of a status; a link counts as `characters_reserved_per_url` characters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StatusesConfiguration {
    pub max_characters: u32,
    pub max_media_attachments: u32,
    pub characters_reserved_per_url: u32,
}

/// Sizes in bytes, matrices in pixels, the description in characters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MediaConfiguration {
    pub supported_mime_types: Vec<String>,
    pub description_limit: u32,
    pub image_size_limit: u64,
    pub image_matrix_limit: u64,
    pub video_size_limit: u64,
    pub video_frame_rate_limit: u32,
    pub video_matrix_limit: u64,
}

/// Expirations in seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PollsConfiguration {
    pub max_options: u32,
    pub max_characters_per_option: u32,
    pub min_expiration: u32,
    pub max_expiration: u32,
}

/// Whether statuses can be translated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TranslationConfiguration {
    pub enabled: bool,
}

/// Who may read which feeds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimelinesAccess {
    pub live_feeds: FeedAccess,
    pub hashtag_feeds: FeedAccess,
    pub trending_link_feeds: FeedAccess,
}

/// Who may read the local and the remote part of a feed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeedAccess {
    pub local: Access,
    pub remote: Access,
}

/// Who may read a kind of feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    #[default]
    Public,
    Authenticated,
    Disabled,
}

/// Whether and how people can join.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceRegistrations {
    pub enabled: bool,
    pub approval_required: bool,
    /// HTML; why registrations are closed.
    pub message: Option<String>,
    /// Years.
    pub min_age: Option<u32>,
    pub reason_required: Option<bool>,
    /// Where to register instead.
    pub url: Option<String>,
}

/// How far the API goes, as a number that clients compare.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApiVersions {
    pub mastodon: u32,
}

/// Whom to ask about the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceContact {
    /// Empty when there is none.
    pub email: String,
    pub account: Option<Account>,
}

/// A rule of the house.
///
/// Source: docs.joinmastodon.org/entities/Rule/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    pub id: Id,
    pub text: String,
    /// More about it; may be empty.
    pub hint: String,
    /// By language.
    pub translations: BTreeMap<String, RuleTranslation>,
}

/// A rule in another language.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleTranslation {
    pub text: String,
    pub hint: String,
}

/// The long description of the server.
///
/// Source: docs.joinmastodon.org/entities/ExtendedDescription/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExtendedDescription {
    pub updated_at: DateTime,
    /// HTML; may be empty.
    pub content: String,
}

/// The privacy policy of the server.
///
/// Source: docs.joinmastodon.org/entities/PrivacyPolicy/
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrivacyPolicy {
    pub updated_at: DateTime,
    /// HTML.
    pub content: String,
}

/// A week of the server in numbers, each written as a text.
///
/// Source: docs.joinmastodon.org/methods/instance/#activity
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceActivity {
    /// Seconds since 1970.
    pub week: String,
    pub statuses: String,
    pub logins: String,
    pub registrations: String,
}

/// A language that statuses can be in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Language {
    pub code: String,
    /// In English.
    pub name: String,
}

/// `V1::Instance`: the server, as `GET /api/v1/instance` shows it.
///
/// Source: docs.joinmastodon.org/entities/V1_Instance/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct V1Instance {
    /// The domain.
    pub uri: String,
    pub title: String,
    pub short_description: String,
    pub description: String,
    /// Empty when there is none.
    pub email: String,
    pub version: String,
    pub urls: V1Urls,
    pub stats: V1Stats,
    /// Null only on other servers: here a default image stands in.
    pub thumbnail: Option<String>,
    pub languages: Vec<String>,
    pub registrations: bool,
    pub approval_required: bool,
    pub invites_enabled: bool,
    pub configuration: V1Configuration,
    pub contact_account: Option<Account>,
    pub rules: Vec<Rule>,
}

/// Addresses of the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct V1Urls {
    /// `wss://…`.
    pub streaming_api: String,
}

/// What the server holds; `domain_count` servers are known to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct V1Stats {
    pub user_count: i64,
    pub status_count: i64,
    pub domain_count: i64,
}

/// Limits that clients work with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct V1Configuration {
    pub accounts: V1AccountsConfiguration,
    pub statuses: StatusesConfiguration,
    pub media_attachments: V1MediaConfiguration,
    pub polls: PollsConfiguration,
}

/// Limits of an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct V1AccountsConfiguration {
    pub max_featured_tags: u32,
}

/// As [`MediaConfiguration`], without the limit of descriptions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct V1MediaConfiguration {
    pub supported_mime_types: Vec<String>,
    pub image_size_limit: u64,
    pub image_matrix_limit: u64,
    pub video_size_limit: u64,
    pub video_frame_rate_limit: u32,
    pub video_matrix_limit: u64,
}

/// A server that this one blocks or limits.
///
/// Source: docs.joinmastodon.org/entities/DomainBlock/
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DomainBlock {
    /// Perhaps with asterisks.
    pub domain: String,
    /// SHA-256 of the whole domain in hex.
    pub digest: String,
    /// `silence` or `suspend`.
    pub severity: &'static str,
    /// Why; `None` for those who are not told.
    pub comment: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn the_server_shows_itself_in_version_two() {
        let instance = Instance {
            domain: "a.test".into(),
            title: "A".into(),
            version: "4.6.0".into(),
            source_url: "https://a.test/source".into(),
            thumbnail: InstanceThumbnail { url: "https://a.test/t.png".into(), ..InstanceThumbnail::default() },
            icon: vec![InstanceIcon { src: "https://a.test/36.png".into(), size: "36x36".into() }],
            languages: vec!["en".into()],
            configuration: InstanceConfiguration {
                urls: InstanceUrls { streaming: "wss://a.test".into(), about: "https://a.test/about".into(), ..InstanceUrls::default() },
                vapid: Vapid { public_key: "key".into() },
                accounts: AccountsConfiguration {
                    max_display_name_length: 40,
                    max_note_length: 500,
                    max_avatar_description_length: 150,
                    max_header_description_length: 151,
                    max_featured_tags: 10,
                    max_pinned_statuses: 5,
                    max_profile_fields: 4,
                    profile_field_name_limit: 255,
                    profile_field_value_limit: 256,
                },
                statuses: StatusesConfiguration { max_characters: 500, max_media_attachments: 4, characters_reserved_per_url: 23 },
                media_attachments: MediaConfiguration {
                    supported_mime_types: vec!["image/png".into()],
                    description_limit: 10_000,
                    image_size_limit: 16_777_216,
                    image_matrix_limit: 33_177_600,
                    video_size_limit: 103_809_024,
                    video_frame_rate_limit: 120,
                    video_matrix_limit: 8_294_400,
                },
                polls: PollsConfiguration { max_options: 4, max_characters_per_option: 50, min_expiration: 300, max_expiration: 2_629_746 },
                timelines_access: TimelinesAccess {
                    live_feeds: FeedAccess { local: Access::Authenticated, remote: Access::Disabled },
                    ..TimelinesAccess::default()
                },
                ..InstanceConfiguration::default()
            },
            registrations: InstanceRegistrations { enabled: true, reason_required: Some(false), ..InstanceRegistrations::default() },
            api_versions: ApiVersions { mastodon: 11 },
            ..Instance::default()
        };
        check(
            instance,
            json!({
                "domain": "a.test",
                "title": "A",
                "version": "4.6.0",
                "source_url": "https://a.test/source",
                "description": "",
                "wrapstodon": null,
                "usage": { "users": { "active_month": 0 } },
                "thumbnail": { "url": "https://a.test/t.png", "description": "" },
                "icon": [{ "src": "https://a.test/36.png", "size": "36x36" }],
                "languages": ["en"],
                "configuration": {
                    "urls": {
                        "streaming": "wss://a.test",
                        "status": null,
                        "about": "https://a.test/about",
                        "privacy_policy": null,
                        "terms_of_service": null,
                    },
                    "vapid": { "public_key": "key" },
                    "accounts": {
                        "max_display_name_length": 40,
                        "max_note_length": 500,
                        "max_avatar_description_length": 150,
                        "max_header_description_length": 151,
                        "max_featured_tags": 10,
                        "max_pinned_statuses": 5,
                        "max_profile_fields": 4,
                        "profile_field_name_limit": 255,
                        "profile_field_value_limit": 256,
                    },
                    "statuses": {
                        "max_characters": 500,
                        "max_media_attachments": 4,
                        "characters_reserved_per_url": 23,
                    },
                    "media_attachments": {
                        "supported_mime_types": ["image/png"],
                        "description_limit": 10000,
                        "image_size_limit": 16777216,
                        "image_matrix_limit": 33177600,
                        "video_size_limit": 103809024,
                        "video_frame_rate_limit": 120,
                        "video_matrix_limit": 8294400,
                    },
                    "polls": {
                        "max_options": 4,
                        "max_characters_per_option": 50,
                        "min_expiration": 300,
                        "max_expiration": 2629746,
                    },
                    "translation": { "enabled": false },
                    "timelines_access": {
                        "live_feeds": { "local": "authenticated", "remote": "disabled" },
                        "hashtag_feeds": { "local": "public", "remote": "public" },
                        "trending_link_feeds": { "local": "public", "remote": "public" },
                    },
                    "limited_federation": false,
                },
                "registrations": {
                    "enabled": true,
                    "approval_required": false,
                    "message": null,
                    "min_age": null,
                    "reason_required": false,
                    "url": null,
                },
                "api_versions": { "mastodon": 11 },
                "contact": { "email": "", "account": null },
                "rules": [],
            }),
        );
    }

    #[test]
    fn an_uploaded_thumbnail_has_its_versions() {
        check(
            InstanceThumbnail {
                url: "https://a.test/1".into(),
                description: "a tower".into(),
                blurhash: Some("UBL_".into()),
                versions: Some(ThumbnailVersions { x1: Some("https://a.test/1".into()), x2: Some("https://a.test/2".into()) }),
            },
            json!({
                "url": "https://a.test/1",
                "description": "a tower",
                "blurhash": "UBL_",
                "versions": { "@1x": "https://a.test/1", "@2x": "https://a.test/2" },
            }),
        );
    }

    #[test]
    fn a_rule_has_its_translations_by_language() {
        let translation = RuleTranslation { text: "Sei nett".into(), hint: String::new() };
        check(
            Rule { id: Id(1), text: "Be kind".into(), hint: String::new(), translations: BTreeMap::from([("de".into(), translation)]) },
            json!({
                "id": "1",
                "text": "Be kind",
                "hint": "",
                "translations": { "de": { "text": "Sei nett", "hint": "" } },
            }),
        );
    }

    #[test]
    fn the_server_shows_itself_in_version_one() {
        check(
            V1Instance {
                uri: "a.test".into(),
                thumbnail: Some("https://a.test/t.png".into()),
                contact_account: Some(Account::default()),
                ..V1Instance::default()
            },
            json!({
                "uri": "a.test",
                "title": "",
                "short_description": "",
                "description": "",
                "email": "",
                "version": "",
                "urls": { "streaming_api": "" },
                "stats": { "user_count": 0, "status_count": 0, "domain_count": 0 },
                "thumbnail": "https://a.test/t.png",
                "languages": [],
                "registrations": false,
                "approval_required": false,
                "invites_enabled": false,
                "configuration": {
                    "accounts": { "max_featured_tags": 0 },
                    "statuses": {
                        "max_characters": 0,
                        "max_media_attachments": 0,
                        "characters_reserved_per_url": 0,
                    },
                    "media_attachments": {
                        "supported_mime_types": [],
                        "image_size_limit": 0,
                        "image_matrix_limit": 0,
                        "video_size_limit": 0,
                        "video_frame_rate_limit": 0,
                        "video_matrix_limit": 0,
                    },
                    "polls": {
                        "max_options": 0,
                        "max_characters_per_option": 0,
                        "min_expiration": 0,
                        "max_expiration": 0,
                    },
                },
                "contact_account": Account::default(),
                "rules": [],
            }),
        );
    }
}
