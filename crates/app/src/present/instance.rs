//! The instance's description of itself.

use wire::mastodon as m;
use wire::mastodon::instance as i;

use super::account::account;
use crate::App;
use crate::instance::Facts;
use crate::settings::Registrations;
use crate::statuses::poll;

/// The highest level of Mastodon's API that is really there. Source: docs.joinmastodon.org/api/versions
const API_VERSION: u32 = 1;
const MIME_TYPES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp"];
const ICON_SIZES: &[u32] = &[36, 48, 72, 96, 144, 192, 256, 384, 512];

pub fn v2(app: &App, facts: &Facts) -> m::Instance {
    let urls = app.urls();
    let registrations = app.settings.registrations();
    m::Instance {
        domain: urls.account_domain.clone(),
        title: app.settings.get("site_title"),
        version: version(app),
        source_url: app.options.source_url.clone(),
        description: app.settings.get("site_short_description"),
        usage: i::InstanceUsage { users: i::InstanceUsers { active_month: facts.active_month } },
        thumbnail: i::InstanceThumbnail { url: thumbnail(app), ..Default::default() },
        icon: ICON_SIZES.iter().map(|size| i::InstanceIcon { src: format!("{}/icon.png", urls.base), size: format!("{size}x{size}") }).collect(),
        languages: vec![app.options.default_locale.clone()],
        configuration: i::InstanceConfiguration {
            urls: i::InstanceUrls { streaming: urls.streaming(), about: format!("{}/about", urls.base), ..Default::default() },
            vapid: i::Vapid { public_key: app.secrets.vapid_public_key.clone() },
            accounts: i::AccountsConfiguration {
                max_display_name_length: 40,
                max_note_length: 500,
                max_avatar_description_length: 150,
                max_header_description_length: 150,
                max_featured_tags: 10,
                max_pinned_statuses: 5,
                max_profile_fields: 4,
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
            reason_required: Some(false),
            ..Default::default()
        },
        api_versions: i::ApiVersions { mastodon: API_VERSION },
        contact: i::InstanceContact { email: app.settings.get("site_contact_email"), account: facts.contact.as_ref().map(|a| account(urls, a)) },
        ..m::Instance::default()
    }
}

pub fn v1(app: &App, facts: &Facts) -> m::V1Instance {
    let urls = app.urls();
    let registrations = app.settings.registrations();
    m::V1Instance {
        uri: urls.account_domain.clone(),
        title: app.settings.get("site_title"),
        short_description: app.settings.get("site_short_description"),
        description: app.settings.get("site_short_description"),
        email: app.settings.get("site_contact_email"),
        version: version(app),
        urls: i::V1Urls { streaming_api: urls.streaming() },
        stats: i::V1Stats { user_count: facts.users, status_count: facts.statuses, domain_count: 0 },
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
        contact_account: facts.contact.as_ref().map(|a| account(urls, a)),
        ..m::V1Instance::default()
    }
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

fn polls() -> i::PollsConfiguration {
    i::PollsConfiguration {
        max_options: poll::OPTIONS_MAX as u32,
        max_characters_per_option: poll::OPTION_CHARS as u32,
        min_expiration: poll::DURATION_MIN_S as u32,
        max_expiration: poll::DURATION_MAX_S as u32,
    }
}
