//! What a commit changed of what pages show: which statuses and accounts look different now.
//!
//! SQLite tells it itself, row by row, by triggers that only the writer's connection has; so no verb can forget
//! to. What is kept in memory of a row is thrown away before the writer hears that its change is durable.
//! PostgreSQL tells nothing, so with it nothing is kept.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::db::lock;
use crate::{AccountId, StatusId};

/// More changes than this in one commit are told as [`Change::Everything`].
const TOLD_MAX: usize = 20_000;

/// What looks different after a commit. New statuses and accounts are not told: nobody can have kept what was
/// not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A status's own row, its counters, attachments, mentions or hashtags.
    Status(StatusId),
    /// An account's row, its counters, its login or who wants to follow it.
    Account(AccountId),
    /// What is in an account's home feed, or what it has done with statuses and is to others.
    Viewer(AccountId),
    /// What many show: an account's handle, a role, an application.
    Everything,
}

const STATUS: i64 = 0;
const ACCOUNT: i64 = 1;
const EVERYTHING: i64 = 2;
const VIEWER: i64 = 3;

/// When, on which table, and what is told then, as `told(kind, id)`.
const TRIGGERS: &[(&str, &str)] = &[
    ("UPDATE ON statuses", "told(0, NEW.id)"),
    ("DELETE ON statuses", "told(0, OLD.id)"),
    ("INSERT ON status_stats", "told(0, NEW.status_id)"),
    ("UPDATE ON status_stats", "told(0, NEW.status_id)"),
    ("DELETE ON status_stats", "told(0, OLD.status_id)"),
    ("INSERT ON mentions", "told(0, NEW.status_id)"),
    ("UPDATE ON mentions", "told(0, OLD.status_id), told(0, NEW.status_id)"),
    ("DELETE ON mentions", "told(0, OLD.status_id)"),
    ("INSERT ON status_tags", "told(0, NEW.status_id)"),
    ("UPDATE ON status_tags", "told(0, OLD.status_id), told(0, NEW.status_id)"),
    ("DELETE ON status_tags", "told(0, OLD.status_id)"),
    ("INSERT ON media_attachments", "told(0, NEW.status_id)"),
    ("UPDATE ON media_attachments", "told(0, OLD.status_id), told(0, NEW.status_id)"),
    ("DELETE ON media_attachments", "told(0, OLD.status_id)"),
    ("INSERT ON media_files", "told(0, m.status_id), told(1, m.account_id) FROM media_attachments m WHERE m.id = NEW.media_id"),
    (
        "UPDATE OF media_id, variant, blob_id, width, height ON media_files",
        "told(0, m.status_id), told(1, m.account_id) FROM media_attachments m WHERE m.id = NEW.media_id",
    ),
    ("DELETE ON media_files", "told(0, m.status_id), told(1, m.account_id) FROM media_attachments m WHERE m.id = OLD.media_id"),
    ("UPDATE ON accounts", "told(1, NEW.id)"),
    // Others' statuses show whom they mention.
    (
        "UPDATE OF username, domain, uri, url ON accounts
            WHEN OLD.username <> NEW.username OR OLD.domain <> NEW.domain OR OLD.uri <> NEW.uri OR OLD.url IS NOT NEW.url",
        "told(2, NEW.id)",
    ),
    ("DELETE ON accounts", "told(2, OLD.id)"),
    ("INSERT ON account_stats", "told(1, NEW.account_id)"),
    ("UPDATE ON account_stats", "told(1, NEW.account_id)"),
    ("DELETE ON account_stats", "told(1, OLD.account_id)"),
    ("INSERT ON users", "told(1, NEW.account_id)"),
    ("UPDATE OF account_id, confirmed_at, approved, role_id, settings ON users", "told(1, NEW.account_id)"),
    ("DELETE ON users", "told(1, OLD.account_id)"),
    ("INSERT ON follow_requests", "told(1, NEW.target_account_id)"),
    ("DELETE ON follow_requests", "told(1, OLD.target_account_id)"),
    ("UPDATE ON roles", "told(2, OLD.id)"),
    ("DELETE ON roles", "told(2, OLD.id)"),
    ("UPDATE ON oauth_applications", "told(2, OLD.id)"),
    ("DELETE ON oauth_applications", "told(2, OLD.id)"),
    ("INSERT ON home_feed", "told(3, NEW.account_id)"),
    ("UPDATE ON home_feed", "told(3, NEW.account_id)"),
    ("DELETE ON home_feed", "told(3, OLD.account_id)"),
    ("INSERT ON feed_rebuilds", "told(3, NEW.account_id)"),
    ("UPDATE ON feed_rebuilds", "told(3, NEW.account_id)"),
    ("DELETE ON feed_rebuilds", "told(3, OLD.account_id)"),
    ("INSERT ON favourites", "told(3, NEW.account_id)"),
    ("DELETE ON favourites", "told(3, OLD.account_id)"),
    ("INSERT ON bookmarks", "told(3, NEW.account_id)"),
    ("DELETE ON bookmarks", "told(3, OLD.account_id)"),
    ("INSERT ON status_pins", "told(3, NEW.account_id)"),
    ("DELETE ON status_pins", "told(3, OLD.account_id)"),
    ("INSERT ON conversation_mutes", "told(3, NEW.account_id)"),
    ("DELETE ON conversation_mutes", "told(3, OLD.account_id)"),
    ("INSERT ON follows", "told(3, NEW.account_id), told(3, NEW.target_account_id)"),
    ("DELETE ON follows", "told(3, OLD.account_id), told(3, OLD.target_account_id)"),
    ("INSERT ON statuses WHEN NEW.reblog_of_id IS NOT NULL", "told(3, NEW.account_id)"),
    ("UPDATE OF deleted_at ON statuses WHEN NEW.reblog_of_id IS NOT NULL", "told(3, NEW.account_id)"),
    ("DELETE ON statuses WHEN OLD.reblog_of_id IS NOT NULL", "told(3, OLD.account_id)"),
    // What a viewer is to them may have changed with these.
    (
        "UPDATE OF conversation_id, quote_approval_policy ON statuses
            WHEN OLD.conversation_id IS NOT NEW.conversation_id OR OLD.quote_approval_policy <> NEW.quote_approval_policy",
        "told(2, NEW.id)",
    ),
];

/// What the writer has changed since it was last asked.
#[derive(Clone, Default)]
pub(crate) struct Changes(Arc<Mutex<HashSet<Change>>>);

impl Changes {
    /// Begins to watch what `connection` writes to the tables that are there: to be called once these are migrated.
    pub fn watch(&self, connection: &Connection) -> rusqlite::Result<()> {
        let noted = self.0.clone();
        connection.create_scalar_function("told", 2, FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS, move |row| {
            if let Some(id) = row.get::<Option<i64>>(1)? {
                note(&noted, row.get(0)?, id);
            }
            Ok(0)
        })?;
        for (number, (when, what)) in TRIGGERS.iter().enumerate() {
            let (event, table) = when.split_once(" ON ").unwrap_or((when, ""));
            let text = format!("CREATE TEMP TRIGGER IF NOT EXISTS told_{number} AFTER {event} ON main.{table} BEGIN SELECT {what}; END");
            connection.execute_batch(&text)?;
        }
        Ok(())
    }

    /// What changed, once. (What was rolled back may be among it.)
    pub fn take(&self) -> Vec<Change> {
        let noted = std::mem::take(&mut *lock(&self.0));
        if noted.contains(&Change::Everything) { vec![Change::Everything] } else { noted.into_iter().collect() }
    }
}

fn note(noted: &Mutex<HashSet<Change>>, kind: i64, id: i64) {
    let mut noted = lock(noted);
    let change = match kind {
        STATUS if noted.len() < TOLD_MAX => Change::Status(StatusId(id)),
        ACCOUNT if noted.len() < TOLD_MAX => Change::Account(AccountId(id)),
        VIEWER if noted.len() < TOLD_MAX => Change::Viewer(AccountId(id)),
        STATUS | ACCOUNT | VIEWER | EVERYTHING => Change::Everything,
        _ => return,
    };
    noted.insert(change);
}
