//! Instance settings: rows that an admin changes while the server runs; configuration may pin one.

use std::collections::HashMap;
use std::sync::RwLock;

use store::audit_log::{self, Origin};
use store::{Db, settings};

use crate::bus::{self, Event};
use crate::{App, Error, Result, Words};

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
    rows: RwLock<HashMap<String, String>>,
    pinned: HashMap<String, String>,
}

/// Every setting with its default.
pub const KNOWN: &[(&str, &str)] = &[
    ("registrations_mode", "none"),
    ("site_title", "Ferrodon"),
    ("site_short_description", ""),
    ("site_contact_email", ""),
    ("local_live_feed_access", "public"),
    ("remote_live_feed_access", "public"),
    ("local_topic_feed_access", "public"),
    ("remote_topic_feed_access", "public"),
];

impl Settings {
    pub(crate) async fn load(db: &Db, pinned: &HashMap<String, String>) -> Result<Settings> {
        let loaded = Settings { rows: RwLock::default(), pinned: pinned.clone() };
        loaded.reload(db).await?;
        Ok(loaded)
    }

    /// Reads the rows again, after another process has changed them.
    pub async fn reload(&self, db: &Db) -> Result<()> {
        let rows = db.read(|r| async move { Ok::<_, Error>(settings::all(&r).await?) }).await?;
        let values = rows.into_iter().map(|(name, json)| (name, serde_json::from_str(&json).unwrap_or_default())).collect();
        *self.rows.write().unwrap_or_else(std::sync::PoisonError::into_inner) = values;
        Ok(())
    }

    /// The value in force: pinned, else set, else the default.
    pub fn get(&self, name: &str) -> String {
        let default = || KNOWN.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()).unwrap_or_default();
        let set = || self.rows.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(name).cloned();
        self.pinned.get(name).cloned().or_else(set).unwrap_or_else(default)
    }

    pub fn is_pinned(&self, name: &str) -> bool {
        self.pinned.contains_key(name)
    }

    /// One of [`FEED_ACCESS`]; what is no word of it shuts.
    pub fn feed_access(&self, name: &str) -> FeedAccess {
        FeedAccess::from_word(&self.get(name)).unwrap_or(FeedAccess::Disabled)
    }

    pub fn registrations(&self) -> Registrations {
        Registrations::from_word(&self.get("registrations_mode")).unwrap_or(Registrations::Closed)
    }
}

/// Changes a setting for good. Errors: `Refused` when the configuration pins it.
pub async fn set(app: &App, origin: Origin, name: &'static str, value: String) -> Result<()> {
    if app.settings.is_pinned(name) {
        return Err(Error::Refused(Words::new("error-setting-pinned").with("name", name)));
    }
    let json = serde_json::to_string(&value).map_err(Error::internal)?;
    app.write(move |tx| async move {
        settings::set(&tx, name, &json).await?;
        audit_log::record(&tx, origin, "settings.set", name, &json).await?;
        bus::publish(&tx, &Event::SettingsChanged);
        Ok(())
    })
    .await?;
    app.settings.reload(&app.db).await
}
