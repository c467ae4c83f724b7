//! What a commit changed of what pages show: which statuses and accounts look different now.
//!
//! The database tells it itself, by triggers, so no verb can forget to. SQLite has them on the writer's connection
//! alone; in PostgreSQL they are part of the schema, and gather what they see for the end of the transaction
//! (`link.rs`). What is kept in memory of a row is thrown away before the writer hears that its change is durable.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::transaction::lock;
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
    /// An account's notifications.
    Notifications(AccountId),
    /// What many show: an account's handle, whether it is suspended, a role, an application.
    Everything,
}

/// Is told what looks different. Called on the writer's thread: it must be quick.
pub type OnChange = Arc<dyn Fn(&[Change]) + Send + Sync>;

const STATUS: i64 = 0;
const ACCOUNT: i64 = 1;
const EVERYTHING: i64 = 2;
const VIEWER: i64 = 3;
const NOTIFICATIONS: i64 = 4;

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
    // Others' statuses show whom they mention, and of the suspended there are no notifications.
    (
        "UPDATE OF username, domain, uri, url, suspended_at ON accounts
            WHEN OLD.username <> NEW.username OR OLD.domain <> NEW.domain OR OLD.uri <> NEW.uri OR OLD.url IS NOT NEW.url
              OR (OLD.suspended_at IS NULL) <> (NEW.suspended_at IS NULL)",
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
    ("INSERT ON notifications", "told(4, NEW.account_id)"),
    ("UPDATE ON notifications", "told(4, NEW.account_id)"),
    ("DELETE ON notifications", "told(4, OLD.account_id)"),
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
    // Whether a viewer has muted its thread may have changed with this.
    ("UPDATE OF conversation_id ON statuses WHEN OLD.conversation_id IS NOT NEW.conversation_id", "told(2, NEW.id)"),
];

/// Of these, what PostgreSQL tells once for a statement with all its rows: those that come by the thousand.
const MANY: &[(&str, &str, &str)] =
    &[("INSERT ON home_feed", "NEW", "3"), ("DELETE ON home_feed", "OLD", "3"), ("DELETE ON notifications", "OLD", "4")];

impl Change {
    /// As `told` has written it; a kind that is not known may be anything.
    pub(crate) fn read(kind: &str, id: &str) -> Option<Change> {
        let id = id.parse().ok()?;
        Some(match kind.parse() {
            Ok(STATUS) => Change::Status(StatusId(id)),
            Ok(ACCOUNT) => Change::Account(AccountId(id)),
            Ok(VIEWER) => Change::Viewer(AccountId(id)),
            Ok(NOTIFICATIONS) => Change::Notifications(AccountId(id)),
            _ => Change::Everything,
        })
    }
}

/// Takes the triggers away from PostgreSQL: they hold fast the columns they watch, which a migration may change.
pub(crate) const GONE: &str = "DO $body$ DECLARE one record; BEGIN
       FOR one IN SELECT tgname, tgrelid::regclass AS place FROM pg_trigger WHERE tgname ~ '^told_[0-9]+$' LOOP
         EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.place);
       END LOOP;
       IF to_regprocedure('tell(text, text[])') IS NOT NULL THEN COMMENT ON FUNCTION tell(text, text[]) IS NULL; END IF;
     END $body$;";

/// The triggers for PostgreSQL instead of those that are there.
pub(crate) fn postgres() -> String {
    let triggers = TRIGGERS.iter().enumerate().map(|(number, (when, what))| {
        let (when, condition) = when.split_once(" WHEN ").map_or((*when, String::new()), |(when, condition)| {
            (when, format!(" WHEN ({})", condition.replace("IS NOT NEW.", "IS DISTINCT FROM NEW.")))
        });
        let many = MANY.iter().find(|(many, _, _)| *many == when);
        let (each, body) = many.map_or_else(
            || (format!("FOR EACH ROW{condition}"), format!("PERFORM {what};")),
            |(_, table, kind)| {
                let items = format!("SELECT string_agg(DISTINCT '{kind}:' || account_id || ',', '') FROM touched");
                (format!("REFERENCING {table} TABLE AS touched FOR EACH STATEMENT"), format!("PERFORM told_all(({items}));"))
            },
        );
        format!(
            "CREATE OR REPLACE FUNCTION told_{number}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {body} RETURN NULL; END $body$;
             CREATE TRIGGER told_{number} AFTER {when} {each} EXECUTE FUNCTION told_{number}();"
        )
    });
    std::iter::once(GONE.to_owned()).chain(triggers).collect::<Vec<_>>().join("\n")
}

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
        NOTIFICATIONS if noted.len() < TOLD_MAX => Change::Notifications(AccountId(id)),
        STATUS | ACCOUNT | VIEWER | NOTIFICATIONS | EVERYTHING => Change::Everything,
        _ => return,
    };
    noted.insert(change);
}
