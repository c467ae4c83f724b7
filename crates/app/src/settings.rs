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

/// The settings in force.
#[derive(Debug)]
pub struct Settings {
    rows: RwLock<HashMap<String, String>>,
    pinned: HashMap<String, String>,
}

/// Every setting with its default.
pub const KNOWN: &[(&str, &str)] = &[
    ("registrations_mode", "none"),
    // Whether people may register, unconfirmed, on a server that cannot send mail: `true` or `false`.
    ("registrations_without_mail", "false"),
    // Shown where registrations are closed, plain text.
    ("closed_registrations_message", ""),
    // Whether a reason must be given where registrations are approved: `true` or `false`.
    ("require_invite_text", "false"),
    // Years; empty is any age.
    ("min_age", ""),
    ("site_title", "Ferrodon"),
    ("site_short_description", ""),
    ("site_contact_email", ""),
];

/// Whether a setting says yes.
pub fn flag(app: &App, name: &str) -> bool {
    app.settings.get(name) == "true"
}

/// The youngest who may register, in years.
pub fn min_age(app: &App) -> Option<u32> {
    app.settings.get("min_age").trim().parse().ok().filter(|years| *years > 0)
}

/// How people can register: as the setting says, but not at all where their addresses could not be
/// confirmed, unless the operator wants it so.
pub fn registrations(app: &App) -> Registrations {
    let can_confirm = app.mailer.is_some() || flag(app, "registrations_without_mail");
    if can_confirm { app.settings.registrations() } else { Registrations::Closed }
}

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
