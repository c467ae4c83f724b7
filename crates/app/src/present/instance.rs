//! The instance's description of itself.

use wire::mastodon as m;
use wire::mastodon::instance as i;

use wire::nodeinfo::{self as n, NodeInfo};
use wire::{DateTime, Id};

use super::account::account;
use crate::App;
use crate::instance::{Document, Facts, Week};
use crate::policy::polls;
use crate::rules::Translated;
use crate::settings::Registrations;

/// The highest level of Mastodon's API of which everything up to it is really there; a test compares it with
/// the routes. Source: docs.joinmastodon.org/entities/Instance/#api_versions
pub const API_VERSION: u32 = 4;
/// The day of the texts that stand in for missing ones, milliseconds UTC.
const DEFAULT_POLICY_AT: i64 = 1_767_225_600_000;
const MIME_TYPES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp"];
const ICON_SIZES: &[u32] = &[36, 48, 72, 96, 144, 192, 256, 384, 512];

pub fn v2(app: &App, facts: &Facts) -> m::Instance {
    let urls = app.urls();
    let registrations = app.registrations();
    m::Instance {
        domain: urls.account_domain.clone(),
        title: app.settings.get("site_title"),
        version: version(app),
        source_url: app.source_url(),
        description: app.settings.get("site_short_description"),
        usage: i::InstanceUsage { users: i::InstanceUsers { active_month: facts.active_month } },
        thumbnail: i::InstanceThumbnail { url: thumbnail(app), ..Default::default() },
        icon: ICON_SIZES.iter().map(|size| i::InstanceIcon { src: format!("{}/icon.png", urls.base), size: format!("{size}x{size}") }).collect(),
        languages: vec![app.options.default_locale.clone()],
        configuration: i::InstanceConfiguration {
            urls: i::InstanceUrls {
                streaming: urls.streaming(),
                status: filled(app.settings.get("status_page_url")),
                about: format!("{}/about", urls.base),
                privacy_policy: Some(format!("{}/privacy-policy", urls.base)),
                terms_of_service: None,
            },
            vapid: i::Vapid { public_key: app.secrets.vapid_public_key.clone() },
            accounts: i::AccountsConfiguration {
                max_display_name_length: u32::try_from(app.options.limits.display_name_chars).unwrap_or(u32::MAX),
                max_note_length: u32::try_from(app.options.limits.bio_chars).unwrap_or(u32::MAX),
                max_avatar_description_length: 150,
                max_header_description_length: 150,
                max_featured_tags: 10,
                max_pinned_statuses: 5,
                max_profile_fields: u32::try_from(app.options.limits.profile_fields).unwrap_or(u32::MAX),
                profile_field_name_limit: 255,
                profile_field_value_limit: 255,
            },
            statuses: statuses(app),
            media_attachments: i::MediaConfiguration {
                supported_mime_types: mime_types(),
                description_limit: u32::try_from(app.options.limits.description_chars).unwrap_or(u32::MAX),
                image_size_limit: app.options.limits.image_bytes as u64,
                image_matrix_limit: app.options.limits.image_pixels,
                video_size_limit: 0,
                video_frame_rate_limit: 0,
                video_matrix_limit: 0,
            },
            polls: polls(),
            translation: i::TranslationConfiguration { enabled: false },
            ..Default::default()
        },
        registrations: i::InstanceRegistrations {
            enabled: registrations != Registrations::Closed,
            approval_required: registrations == Registrations::Approved,
            reason_required: Some(registrations == Registrations::Approved && app.settings.is_on("require_invite_text")),
            message: filled(app.settings.get("closed_registrations_message"))
                .filter(|_| registrations == Registrations::Closed)
                .map(|message| html(app, &message)),
            min_age: app.settings.min_age(),
            ..Default::default()
        },
        api_versions: i::ApiVersions { mastodon: API_VERSION },
        contact: i::InstanceContact {
            email: app.settings.get("site_contact_email"),
            account: facts.contact.as_ref().map(|a| account(app.context(), a)),
        },
        rules: rules(&facts.rules),
        ..m::Instance::default()
    }
}

pub fn v1(app: &App, facts: &Facts) -> m::V1Instance {
    let urls = app.urls();
    let registrations = app.registrations();
    m::V1Instance {
        uri: urls.account_domain.clone(),
        title: app.settings.get("site_title"),
        short_description: app.settings.get("site_short_description"),
        description: app.settings.get("site_short_description"),
        email: app.settings.get("site_contact_email"),
        version: version(app),
        urls: i::V1Urls { streaming_api: urls.streaming() },
        stats: i::V1Stats {
            user_count: facts.users,
            status_count: facts.statuses,
            domain_count: i64::try_from(facts.peers.len()).unwrap_or(i64::MAX),
        },
        thumbnail: Some(thumbnail(app)),
        languages: vec![app.options.default_locale.clone()],
        registrations: registrations != Registrations::Closed,
        approval_required: registrations == Registrations::Approved,
        invites_enabled: false,
        configuration: i::V1Configuration {
            accounts: i::V1AccountsConfiguration { max_featured_tags: 10 },
            statuses: statuses(app),
            media_attachments: i::V1MediaConfiguration {
                supported_mime_types: mime_types(),
                image_size_limit: app.options.limits.image_bytes as u64,
                image_matrix_limit: app.options.limits.image_pixels,
                video_size_limit: 0,
                video_frame_rate_limit: 0,
                video_matrix_limit: 0,
            },
            polls: polls(),
        },
        contact_account: facts.contact.as_ref().map(|a| account(app.context(), a)),
        rules: rules(&facts.rules),
    }
}

/// The rules in their order.
pub fn rules(rules: &[Translated]) -> Vec<m::Rule> {
    let translation = |t: &store::rules::Translation| i::RuleTranslation { text: t.text.clone(), hint: t.hint.clone() };
    let rule = |r: &Translated| m::Rule {
        id: Id(r.rule.id.0),
        text: r.rule.text.clone(),
        hint: r.rule.hint.clone(),
        translations: r.translations.iter().map(|(language, t)| (language.clone(), translation(t))).collect(),
    };
    rules.iter().map(rule).collect()
}

/// The long description; empty if there is none.
pub fn extended_description(app: &App, document: Option<&Document>) -> i::ExtendedDescription {
    i::ExtendedDescription {
        updated_at: DateTime(document.and_then(|document| document.changed_at).unwrap_or(DEFAULT_POLICY_AT)),
        content: document.map(|document| html(app, &document.text)).unwrap_or_default(),
    }
}

/// The privacy policy; where none was written, one that says so.
pub fn privacy_policy(app: &App, document: Option<&Document>) -> i::PrivacyPolicy {
    let locale = text::Locale::find(&app.options.default_locale).unwrap_or(text::Locale::ENGLISH);
    let stand_in = || text::message(locale, "page-privacy-stand-in", &[("domain", &app.urls().account_domain)]);
    i::PrivacyPolicy {
        updated_at: DateTime(document.and_then(|document| document.changed_at).unwrap_or(DEFAULT_POLICY_AT)),
        content: html(app, &document.map_or_else(stand_in, |document| document.text.clone())),
    }
}

/// Numbers as texts, as Mastodon has them here.
pub fn activity(weeks: &[Week]) -> Vec<i::InstanceActivity> {
    let week = |week: &Week| i::InstanceActivity {
        week: week.starts_at.to_string(),
        statuses: week.statuses.to_string(),
        logins: week.logins.to_string(),
        registrations: week.registrations.to_string(),
    };
    weeks.iter().map(week).collect()
}

/// The languages one can post in, by code.
pub fn languages() -> Vec<i::Language> {
    let language = |(code, name): (&'static str, &'static str)| i::Language { code: code.into(), name: name.into() };
    text::language::named().map(language).collect()
}

/// What crawlers of the fediverse read, in version `2.0` or `2.1` of their format.
pub fn nodeinfo(app: &App, facts: &Facts, version: &'static str) -> NodeInfo {
    let newer = version != "2.0";
    NodeInfo {
        version: version.into(),
        software: n::Software {
            name: app.options.software_name.clone(),
            version: app.options.software_version.clone(),
            repository: newer.then(|| app.source_url()),
            homepage: newer.then(|| app.source_url()),
        },
        protocols: vec!["activitypub".into()],
        services: n::Services::default(),
        usage: n::Usage {
            users: n::Users { total: facts.users, active_month: facts.active_month, active_half_year: facts.active_half_year },
            local_posts: facts.statuses,
        },
        open_registrations: app.registrations() == Registrations::Open,
        metadata: n::Metadata { node_name: app.settings.get("site_title"), node_description: app.settings.get("site_short_description") },
    }
}

/// A text of the administrator's, safe to show: paragraphs and links.
pub fn html(app: &App, text: &str) -> String {
    let tag = |tag: &text::TagRef| app.urls().tag_url(&tag.written);
    text::compose::status_html(text, &text::Links { mention: &|_| None, tag: &tag, author: None })
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn mime_types() -> Vec<String> {
    MIME_TYPES.iter().map(|mime| (*mime).to_owned()).collect()
}

fn version(app: &App) -> String {
    format!("{} (compatible; Ferrodon {})", app.options.compat_version, app.options.software_version)
}

fn thumbnail(app: &App) -> String {
    format!("{}/thumbnail.png", app.urls().base)
}

fn statuses(app: &App) -> i::StatusesConfiguration {
    let limits = &app.options.limits;
    i::StatusesConfiguration {
        max_characters: u32::try_from(limits.post_chars).unwrap_or(u32::MAX),
        max_media_attachments: u32::try_from(limits.attachments).unwrap_or(u32::MAX),
        characters_reserved_per_url: text::count::URL_CHARS as u32,
    }
}

/// Expirations in seconds.
fn polls() -> i::PollsConfiguration {
    i::PollsConfiguration {
        max_options: polls::OPTIONS_MAX as u32,
        max_characters_per_option: polls::OPTION_CHARS as u32,
        min_expiration: polls::DURATION_MIN_S as u32,
        max_expiration: polls::DURATION_MAX_S as u32,
    }
}
