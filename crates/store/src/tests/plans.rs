//! SQLite finds what the hot queries want by an index, on a database of a realistic shape.

use super::seeding::{crowd, posts};
use super::world::{Database, with_sqlite};
use crate::dialect::Engine;
use crate::jobs::{self, Lane, NewJob};
use crate::notifications::{self, NewNotification};
use crate::sql::registered;
use crate::{Tx, seed};

/// Tables that grow without end and must never be read from end to end by a request.
const LARGE: [&str; 8] = ["statuses", "home_feed", "jobs", "notifications", "follows", "accounts", "users", "media_attachments"];

async fn fill(db: &Database) {
    let people = seed::accounts(&db.db, &crowd(200, 20)).await.unwrap();
    let authors: Vec<_> = people.iter().map(|person| person.0).collect();
    let statuses = seed::statuses(&db.db, &authors, &posts(db, 5_000)).await.unwrap();
    db.write(move |tx: Tx| async move {
        for n in 0..2_000 {
            let job = NewJob { kind: "kind", payload: "{}".into(), lane: Lane::ALL[n % 7], delay_ms: n as i64, unique_key: None, request_id: None };
            jobs::enqueue(&tx, job).await?;
            let (account_id, from_account_id) = (authors[n % 20], authors[n % 190 + 1]);
            let status_id = Some(statuses[n]);
            notifications::insert(
                &tx,
                &NewNotification { account_id, from_account_id, kind: "favourite", status_id, activity_id: n as i64, group_key: None },
            )
            .await?;
        }
        Ok(())
    })
    .await;
}

/// The plans of all statements that hold each of these pieces, one line a step.
fn plans(connection: &rusqlite::Connection, pieces: &[&str]) -> Vec<String> {
    let texts = registered().filter(|sql| !sql.place().contains("src/tests")).map(|sql| sql.text(Engine::Sqlite));
    let plan = |text: &str| -> String {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
        let steps = statement.raw_query().mapped(|row| row.get::<_, String>(3)).map(|step| step.unwrap());
        steps.collect::<Vec<_>>().join("\n")
    };
    let found: Vec<String> = texts.filter(|text| pieces.iter().all(|piece| text.contains(piece))).map(plan).collect();
    assert!(!found.is_empty(), "no statement holds {pieces:?}");
    found
}

/// The steps that read a large table, by its name or alias, from end to end.
fn scans(plan: &str, aliases: &[&str]) -> Vec<String> {
    let is_large = |name: &str| LARGE.contains(&name) || aliases.contains(&name);
    plan.lines().filter(|step| step.split(' ').next() == Some("SCAN") && step.split(' ').nth(1).is_some_and(is_large)).map(str::to_owned).collect()
}

/// Each of a query's texts uses `index` and scans nothing.
fn check(connection: &rusqlite::Connection, pieces: &[&str], index: &str, aliases: &[&str]) {
    for plan in plans(connection, pieces) {
        assert!(plan.contains(index), "{pieces:?} does not use {index}:\n{plan}");
        assert_eq!(scans(&plan, aliases), Vec::<String>::new(), "{pieces:?}:\n{plan}");
        if pieces.iter().any(|piece| piece.starts_with("ORDER BY")) {
            assert!(!plan.contains("USE TEMP B-TREE FOR ORDER BY"), "{pieces:?} sorts:\n{plan}");
        }
    }
}

fn check_all(connection: &rusqlite::Connection) {
    check(connection, &["FROM home_feed h CROSS JOIN statuses s", "ORDER BY h.status_id"], "SEARCH h USING PRIMARY KEY", &["h", "s"]);
    check(connection, &["FROM statuses s WHERE s.account_id = ?5", "ORDER BY s.id"], "SEARCH s USING INDEX statuses_account", &["s"]);
    check(connection, &["FROM statuses s JOIN accounts a", "a.silenced_at IS NULL", "ORDER BY s.id"], "SEARCH s USING", &["s", "a"]);
    check(connection, &["FROM notifications n", "ORDER BY n.id"], "SEARCH n USING INDEX notifications_account (account_id=?", &["n", "a"]);
    check(
        connection,
        &["SELECT account_id FROM follows WHERE target_account_id = ?1", "ORDER BY account_id"],
        "COVERING INDEX follows_fan_out (target_account_id=? AND account_id>?)",
        &[],
    );
    check(connection, &["INSERT INTO home_feed (account_id, status_id)\n", "JOIN users u"], "SEARCH f USING", &["f", "u", "o", "m"]);
    check(connection, &["INSERT INTO home_feed (account_id, status_id, reblog_of)", "JOIN users u"], "SEARCH f USING", &["f", "u", "h"]);
    check(connection, &["UPDATE jobs SET run_at", "unique_key = NULL"], "SEARCH jobs USING INDEX jobs_due", &[]);
    check(connection, &["SELECT MIN(run_at) FROM jobs WHERE lane"], "jobs_due (lane=?)", &[]);
    check(connection, &["FROM statuses WHERE deleted_at IS NOT NULL"], "statuses_deleted", &[]);
    check(connection, &["WITH RECURSIVE down"], "statuses_replies", &["s", "c"]);
    check(connection, &["WITH RECURSIVE up"], "USING INTEGER PRIMARY KEY", &["s", "p"]);
    check(connection, &["FROM follows f WHERE f.target_account_id", "ORDER BY f.id"], "follows_target (target_account_id=?", &["f"]);
    check(connection, &["UPDATE statuses SET deleted_at"], "statuses_reblog", &[]);
    check(connection, &["SELECT 0, status_id FROM favourites"], "favourites_pair", &[]);
    // Both columns, the bounds of the ids and the order are the index's own: nothing is sorted.
    check(connection, &["FROM search_statuses WHERE search_statuses MATCH", "ORDER BY rowid"], "search_statuses VIRTUAL TABLE INDEX 192:M2<>", &[]);
    check(connection, &["FROM search_accounts WHERE search_accounts MATCH", "ORDER BY rowid"], "search_accounts VIRTUAL TABLE INDEX", &[]);
    check(connection, &["CROSS JOIN search_accounts"], "search_accounts VIRTUAL TABLE INDEX", &["follows"]);
    check(
        connection,
        &["AND s.reblog_of_id IS NULL AND s.deleted_at IS NULL AND a.suspended_at IS NULL\n                AND (s.account_id = ?2"],
        "SEARCH s USING INTEGER PRIMARY KEY",
        &["s", "a", "f"],
    );
    check(connection, &["SELECT DISTINCT l.account_id"], "favourites_status", &["favourites", "bookmarks", "mentions", "statuses", "u"]);
    check(connection, &["FROM tags WHERE name >= ?1"], "tags_name (name>? AND name<?)", &["tags", "status_tags"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hot_queries_use_their_indexes_on_sqlite_before_and_after_analyze() {
    with_sqlite(async |db| {
        fill(&db).await;
        check_all(&db.raw_sqlite());
        db.db.batch("ANALYZE".into()).await.unwrap();
        check_all(&db.raw_sqlite());
    })
    .await;
}

#[test]
fn a_scan_of_a_large_table_is_seen() {
    assert_eq!(scans("SEARCH a USING INDEX x (b=?)\nSCAN s USING INDEX statuses_public", &["s"]).len(), 1);
    assert_eq!(scans("SCAN jobs\nSCAN json_each VIRTUAL TABLE INDEX 1:", &[]), ["SCAN jobs"]);
}
