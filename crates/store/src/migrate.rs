//! Numbered migrations, one file for both engines.
//!
//! Each runs in one transaction together with its line in `schema_migrations`; a database newer than
//! the program is refused.

use crate::dialect::{Engine, ddl};
use crate::{Db, Error, Result, args, link, record, sql};

/// Number, name and text of each migration, in order.
pub(crate) const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "foundation", include_str!("../migrations/0001_foundation.sql")),
    (2, "relationships", include_str!("../migrations/0002_relationships.sql")),
    (3, "lists and tags", include_str!("../migrations/0003_lists_and_tags.sql")),
    (4, "statuses", include_str!("../migrations/0004_statuses.sql")),
    (5, "people", include_str!("../migrations/0005_people.sql")),
    (6, "notifications", include_str!("../migrations/0006_notifications.sql")),
    (7, "search", include_str!("../migrations/0007_search.sql")),
    (8, "instance", include_str!("../migrations/0008_instance.sql")),
    (9, "conversations", include_str!("../migrations/0009_conversations.sql")),
    (10, "federation", include_str!("../migrations/0010_federation.sql")),
    (11, "public timelines", include_str!("../migrations/0011_public_timelines.sql")),
    (12, "delivery subjects", include_str!("../migrations/0012_delivery_subjects.sql")),
    (13, "smaller", include_str!("../migrations/0013_smaller.sql")),
    (14, "used codes", include_str!("../migrations/0014_used_codes.sql")),
    (15, "application expiry", include_str!("../migrations/0015_application_expiry.sql")),
    (16, "counts of others", include_str!("../migrations/0016_counts_of_others.sql")),
    (17, "orphans", include_str!("../migrations/0017_orphans.sql")),
    (18, "host software", include_str!("../migrations/0018_host_software.sql")),
    (19, "roles view feeds", include_str!("../migrations/0019_roles_view_feeds.sql")),
];

/// The advisory lock of who makes the register; any number that nobody else takes.
const REGISTERING: i64 = 4983;
const REGISTER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (version {ID}, name {TEXT} NOT NULL, applied_at {I64} NOT NULL) {STRICT};";

record! {
    /// A migration that has been applied.
    pub struct Applied {
        pub version: i64,
        pub name: String,
        /// Milliseconds UTC.
        pub applied_at: i64,
    }
}

/// What `db status` shows.
#[derive(Debug)]
pub struct Status {
    pub applied: Vec<Applied>,
    /// Number and name of those to come.
    pub pending: Vec<(i64, &'static str)>,
}

/// Applies what is pending; returns how many migrations ran. Of several nodes that start at once on one PostgreSQL, one
/// does so, and the others wait for it.
///
/// Errors: `Open` if the database belongs to a newer program. A failed migration changes nothing.
pub async fn migrate(db: &Db, now_ms: i64) -> Result<usize> {
    let _turn = db.turn_to_migrate().await?;
    let pending = status(db).await?.pending;
    for (version, _) in &pending {
        apply(db, *version, now_ms).await?;
    }
    if db.engine() == Engine::Postgres {
        have_changes_told(db).await?;
    }
    Ok(pending.len())
}

/// Applies one migration, in a transaction with its line in the register.
pub(crate) async fn apply(db: &Db, version: i64, now_ms: i64) -> Result<()> {
    let (_, name, text) = MIGRATIONS.iter().find(|m| m.0 == version).ok_or_else(|| Error::Open(format!("there is no migration {version}")))?;
    let register = format!("INSERT INTO schema_migrations (version, name, applied_at) VALUES ({version}, '{name}', {now_ms});");
    let engine = db.engine();
    let begin = match engine {
        Engine::Sqlite => "BEGIN IMMEDIATE;".to_owned(),
        // A large table takes its time.
        Engine::Postgres => format!("BEGIN; SET LOCAL statement_timeout = 0;\n{}", crate::changes::GONE),
    };
    db.batch(format!("{begin}\n{register}\n{}\nCOMMIT;", ddl(engine, text))).await?;
    tracing::info!(version, name, "migration applied");
    Ok(())
}

/// Gives PostgreSQL the triggers that tell what changes, unless it has them, and tells other processes that they may have
/// missed something. See [`crate::changes`].
async fn have_changes_told(db: &Db) -> Result<()> {
    let wanted = link::fingerprint();
    if db.told().await?.as_ref() == Some(&wanted) {
        return Ok(());
    }
    db.batch(format!(
        "BEGIN;\n{}
         COMMENT ON FUNCTION tell(text, text[]) IS '{wanted}';\n{}\nCOMMIT;",
        link::schema(),
        link::MISSED
    ))
    .await
}

/// Which migrations are applied and which are pending.
pub async fn status(db: &Db) -> Result<Status> {
    let register = ddl(db.engine(), REGISTER);
    db.batch(match db.engine() {
        Engine::Sqlite => register,
        // Of two that make the same table at once, one would fail.
        Engine::Postgres => format!("BEGIN; SELECT pg_advisory_xact_lock({REGISTERING});\n{register}\nCOMMIT;"),
    })
    .await?;
    let applied: Vec<Applied> =
        db.read(|r| async move { r.all(sql!("SELECT version, name, applied_at FROM schema_migrations ORDER BY version"), args![]).await }).await?;
    if let Some(newer) = applied.iter().find(|a| MIGRATIONS.iter().all(|m| m.0 != a.version)) {
        return Err(Error::Open(format!(
            "the database holds migration {} ({}), which this version does not know; start the version that made it, or a newer one",
            newer.version, newer.name
        )));
    }
    let pending = MIGRATIONS.iter().filter(|m| applied.iter().all(|a| a.version != m.0)).map(|m| (m.0, m.1)).collect();
    Ok(Status { applied, pending })
}

/// The greatest id of any table that makes its own, or the kept floor if that is greater.
pub async fn id_floor(db: &Db) -> Result<i64> {
    db.read(|r| async move {
        let greatest: Option<i64> = r
            .value(
                sql!(
                    "SELECT MAX(id) FROM (
                       SELECT MAX(id) AS id FROM statuses UNION ALL SELECT MAX(id) FROM accounts
                       UNION ALL SELECT MAX(id) FROM media_attachments UNION ALL SELECT MAX(id) FROM notifications
                       UNION ALL SELECT MAX(id) FROM jobs UNION ALL SELECT MAX(id) FROM follows
                       UNION ALL SELECT MAX(id) FROM favourites UNION ALL SELECT MAX(id) FROM bookmarks
                       UNION ALL SELECT MAX(id) FROM follow_requests UNION ALL SELECT MAX(id) FROM blocks
                       UNION ALL SELECT MAX(id) FROM mutes UNION ALL SELECT MAX(id) FROM account_domain_blocks
                       UNION ALL SELECT MAX(id) FROM account_conversations
                       UNION ALL SELECT MAX(id) FROM polls UNION ALL SELECT MAX(id) FROM scheduled_statuses) AS ids"
                ),
                args![],
            )
            .await?
            .flatten();
        let kept: Option<String> = r.value(sql!("SELECT value FROM meta WHERE name = 'id_floor'"), args![]).await?;
        Ok::<_, Error>(greatest.unwrap_or(0).max(kept.and_then(|text| text.parse().ok()).unwrap_or(0)))
    })
    .await
}

/// Keeps the floor of ids for the next start.
pub async fn keep_id_floor(db: &Db) -> Result<()> {
    let floor = db.ids().floor().to_string();
    db.write(move |tx| async move {
        tx.exec(sql!("INSERT INTO meta (name, value) VALUES ('id_floor', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value"), args![floor])
            .await
            .map(drop)
    })
    .await
}
