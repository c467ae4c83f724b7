//! What the instance says of itself. Numbers are counted at most every few minutes.

pub mod change_setting;

use std::sync::{Arc, PoisonError};

use store::instance_activity::{self, DAY_MS, REGISTRATIONS, STATUSES};
use store::{accounts, hosts, settings, statuses, users};

pub use crate::cache::facts::Facts;
use crate::rules;
use crate::{App, Result};

const COUNT_EVERY_MS: i64 = 5 * 60 * 1000;
const MONTH_MS: i64 = 30 * DAY_MS;
const HALF_YEAR_MS: i64 = 180 * DAY_MS;
/// Known servers that are listed.
const PEERS_MAX: i64 = 50_000;
/// Servers that a search finds.
const FOUND_PEERS_MAX: i64 = 10;
/// As many weeks as Mastodon tells of.
const WEEKS: i64 = 12;

/// The numbers, at most five minutes old; words as they are now.
pub async fn facts(app: &App) -> Result<Facts> {
    let now = app.now_ms();
    let kept = app.facts.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((at, facts)) = kept
        && (0..COUNT_EVERY_MS).contains(&(now - at))
    {
        return Ok(facts);
    }
    let chosen = app.settings.get("site_contact_username");
    let facts = app
        .read(move |r| async move {
            let (users, active_month) = users::count(&r, now - MONTH_MS).await?;
            let (_, active_half_year) = users::count(&r, now - HALF_YEAR_MS).await?;
            let contact = match users::contact_account(&r).await? {
                _ if !chosen.is_empty() => accounts::find_by_handle(&r, &chosen, "").await?,
                Some(id) => accounts::find(&r, id).await?,
                None => None,
            };
            Ok(Facts {
                users,
                active_month,
                active_half_year,
                statuses: statuses::count_local(&r).await?,
                contact: contact.filter(|account| account.suspended_at.is_none()),
                rules: Arc::new(rules::all(&r).await?),
                peers: Arc::new(hosts::list_known(&r, "", PEERS_MAX).await?),
            })
        })
        .await?;
    *app.facts.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, facts.clone()));
    Ok(facts)
}

/// A text that an administrator writes, and when it was changed last (milliseconds UTC; `None` if the
/// configuration says it).
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub text: String,
    pub changed_at: Option<i64>,
}

/// The document kept in a setting; `None` if there is none.
pub async fn document(app: &App, setting: &'static str) -> Result<Option<Document>> {
    let text = app.settings.get(setting);
    if text.is_empty() {
        return Ok(None);
    }
    let changed_at = app.read(move |r| async move { Ok(settings::changed_at(&r, setting).await?) }).await?;
    Ok(Some(Document { text, changed_at: changed_at.filter(|_| !app.settings.is_pinned(setting)) }))
}

/// A week of the instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Week {
    /// Seconds since 1970.
    pub starts_at: i64,
    pub statuses: i64,
    pub logins: i64,
    pub registrations: i64,
}

/// Twelve weeks, the newest first. As in Mastodon, each is the seven days from as many weeks ago on: of
/// the newest only today has been.
///
/// `None` when the administrator does not want it told.
/// Source: docs.joinmastodon.org/methods/instance/#activity
pub async fn activity(app: &App) -> Result<Option<Vec<Week>>> {
    if !app.settings.is_on("activity_api_enabled") {
        return Ok(None);
    }
    let now = app.now_ms();
    let today = now.div_euclid(DAY_MS);
    let rows = app.read(move |r| async move { Ok(instance_activity::list_since(&r, today - 7 * (WEEKS - 1)).await?) }).await?;
    let week = |ago: i64| {
        let day = today - 7 * ago;
        Week {
            starts_at: (now - 7 * ago * DAY_MS) / 1000,
            statuses: instance_activity::week_of(&rows, STATUSES, day),
            logins: instance_activity::people_of_week(&rows, day),
            registrations: instance_activity::week_of(&rows, REGISTRATIONS, day),
        }
    };
    Ok(Some((0..WEEKS).map(week).collect()))
}

/// Domains known here; `None` when the administrator does not want them told.
pub async fn peers(app: &App) -> Result<Option<Arc<Vec<String>>>> {
    if !app.settings.is_on("peers_api_enabled") {
        return Ok(None);
    }
    Ok(Some(facts(app).await?.peers))
}

/// At most ten known domains that begin with `prefix`; `None` when the administrator does not want them told.
pub async fn search_peers(app: &App, prefix: &str) -> Result<Option<Vec<String>>> {
    if !app.settings.is_on("peers_api_enabled") {
        return Ok(None);
    }
    let prefix = prefix.trim().to_lowercase();
    if prefix.is_empty() {
        return Ok(Some(Vec::new()));
    }
    app.read(move |r| async move { Ok(Some(hosts::list_known(&r, &prefix, FOUND_PEERS_MAX).await?)) }).await
}
