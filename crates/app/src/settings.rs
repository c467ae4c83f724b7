//! Instance settings: rows that an admin changes while the server runs; configuration may pin one.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use store::{Db, settings};
use text::Limit;

use crate::{Error, Result, Words};

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registrations {
    Open,
    Approved,
    Closed,
}

impl Registrations {
    pub fn word(self) -> &'static str {
        match self {
            Registrations::Open => "open",
            Registrations::Approved => "approved",
            Registrations::Closed => "none",
        }
    }

    /// Mastodon's words; `close` and `closed` mean `none`.
    pub fn from_word(word: &str) -> Option<Registrations> {
        match word {
            "open" => Some(Registrations::Open),
            "approved" => Some(Registrations::Approved),
            "none" | "close" | "closed" => Some(Registrations::Closed),
            _ => None,
        }
    }
}

/// Who may see a public timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedAccess {
    Public,
    /// Who is signed in.
    Authenticated,
    /// Whose role has `view_feeds`.
    Disabled,
}

impl FeedAccess {
    /// Mastodon's words.
    pub fn from_word(word: &str) -> Option<FeedAccess> {
        match word {
            "public" => Some(FeedAccess::Public),
            "authenticated" => Some(FeedAccess::Authenticated),
            "disabled" => Some(FeedAccess::Disabled),
            _ => None,
        }
    }
}

/// The settings with a [`FeedAccess`]: of the public timeline and of those of hashtags, for statuses
/// from here and from elsewhere.
pub const FEED_ACCESS: [&str; 4] = ["local_live_feed_access", "remote_live_feed_access", "local_topic_feed_access", "remote_topic_feed_access"];

/// The settings in force.
#[derive(Debug)]
pub struct Settings {
    rows: ArcSwap<HashMap<String, String>>,
    pinned: HashMap<String, String>,
}

/// Every setting with its default.
pub const KNOWN: &[(&str, &str)] = &[
    ("registrations_mode", "none"),
    // Whether people may register, unconfirmed, on a server that cannot send mail: `true` or `false`.
    ("registrations_without_mail", "false"),
    // Whether a reason must be given where registrations are approved: `true` or `false`.
    ("require_invite_text", "false"),
    // Years; empty is any age.
    ("min_age", ""),
    ("closed_registrations_message", ""),
    ("site_title", "Ferrodon"),
    ("site_short_description", ""),
    ("site_extended_description", ""),
    ("site_terms", ""),
    ("site_contact_email", ""),
    ("site_contact_username", ""),
    ("status_page_url", ""),
    ("activity_api_enabled", "true"),
    ("peers_api_enabled", "true"),
    ("show_domain_blocks", "disabled"),
    // Whether why a server is blocked is told, too.
    ("show_domain_blocks_rationale", "disabled"),
    ("local_live_feed_access", "public"),
    ("remote_live_feed_access", "public"),
    ("local_topic_feed_access", "public"),
    ("remote_topic_feed_access", "public"),
];

const VALUE: Limit = Limit::code_points(50_000);
const TITLE: Limit = Limit::code_points(100);
/// Years that `min_age` may ask for.
const AGE_MAX: u32 = 130;
/// Settings that are `true` or `false`.
const ON_OR_OFF: [&str; 4] = ["activity_api_enabled", "peers_api_enabled", "registrations_without_mail", "require_invite_text"];

impl Settings {
    pub(crate) async fn load(db: &Db, pinned: &HashMap<String, String>) -> Result<Settings> {
        let loaded = Settings { rows: ArcSwap::default(), pinned: pinned.clone() };
        loaded.reload(db).await?;
        Ok(loaded)
    }

    /// Reads the rows again, after another process has changed them.
    pub async fn reload(&self, db: &Db) -> Result<()> {
        let rows = db.read(|r| async move { Ok::<_, Error>(settings::all(&r).await?) }).await?;
        let values = rows.into_iter().map(|(name, json)| (name, serde_json::from_str(&json).unwrap_or_default())).collect();
        self.rows.store(Arc::new(values));
        Ok(())
    }

    /// The value in force: pinned, else set, else the default.
    pub fn get(&self, name: &str) -> String {
        let default = || KNOWN.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()).unwrap_or_default();
        let set = || self.rows.load().get(name).cloned();
        self.pinned.get(name).cloned().or_else(set).unwrap_or_else(default)
    }

    /// Whether a setting that is `true` or `false` is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    pub fn is_pinned(&self, name: &str) -> bool {
        self.pinned.contains_key(name)
    }

    /// One of [`FEED_ACCESS`]; what is no word of it shuts.
    pub fn feed_access(&self, name: &str) -> FeedAccess {
        FeedAccess::from_word(&self.get(name)).unwrap_or(FeedAccess::Disabled)
    }

    /// The youngest who may register, in years.
    pub fn min_age(&self) -> Option<u32> {
        self.get("min_age").trim().parse().ok().filter(|years| *years > 0)
    }

    /// How people can register as far as the setting says; see [`crate::App::registrations`].
    pub fn registrations(&self) -> Registrations {
        Registrations::from_word(&self.get("registrations_mode")).unwrap_or(Registrations::Closed)
    }
}

/// The setting of this name. Errors: `NotFound`.
pub fn known(name: &str) -> Result<&'static str> {
    let no_setting = || Error::NotFound(Words::new("error-no-setting").with("name", name));
    KNOWN.iter().map(|(known, _)| *known).find(|known| *known == name).ok_or_else(no_setting)
}

/// The value as it is kept. Errors: what it can be instead.
pub fn checked(name: &str, value: &str) -> std::result::Result<String, &'static str> {
    let kept = match name {
        "registrations_mode" => Registrations::from_word(value).map(Registrations::word).ok_or("open, approved or close")?,
        name if ON_OR_OFF.contains(&name) && !matches!(value, "true" | "false") => return Err("true or false"),
        name if FEED_ACCESS.contains(&name) && FeedAccess::from_word(value).is_none() => return Err("public, authenticated or disabled"),
        "min_age" if !value.is_empty() && !value.parse().is_ok_and(|years: u32| years <= AGE_MAX) => return Err("a number of years, or nothing"),
        "show_domain_blocks" | "show_domain_blocks_rationale" if !matches!(value, "disabled" | "users" | "all") => {
            return Err("disabled, users or all");
        }
        "site_contact_username" => value.trim_start_matches('@'),
        "site_title" if value.is_empty() || !TITLE.admits(value) => return Err("1 to 100 characters"),
        "status_page_url" if !value.is_empty() && !is_web(value) => return Err("an address that begins with https://"),
        _ => value,
    };
    if VALUE.admits(kept) { Ok(kept.to_owned()) } else { Err("less text") }
}

fn is_web(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
