//! The engines find what the hot queries want by an index, on a database of a realistic shape.

use super::seeding::{crowd, posts};
use super::world::{Database, with_postgres, with_sqlite};
use crate::dialect::Engine;
use crate::jobs::{self, Lane, NewJob};
use crate::notifications::{self, Cause, NewNotification};
use crate::sql::registered;
use crate::{Tx, search, seed};

/// Tables that grow without end and must never be read from end to end by a request.
const LARGE: [&str; 9] = ["statuses", "home_feed", "jobs", "notifications", "follows", "accounts", "users", "media_attachments", "list_feed"];

async fn fill(db: &Database) {
    let people = seed::accounts(&db.db, &crowd(200, 20)).await.unwrap();
    let authors: Vec<_> = people.iter().map(|person| person.0).collect();
    seed::statuses(&db.db, &authors, &posts(db, 5_000)).await.unwrap();
    let statuses = db.read(|r| async move { search::statuses::list_before(&r, crate::StatusId(i64::MAX), 2_000).await }).await;
    db.write(move |tx: Tx| async move {
        for n in 0..2_000 {
            let job = NewJob { kind: "kind", payload: "{}".into(), lane: Lane::ALL[n % 7], delay_ms: n as i64, unique_key: None, request_id: None };
            jobs::enqueue(&tx, job).await?;
            let (account_id, from_account_id) = (authors[n % 20], authors[n % 190 + 1]);
            let group_key = (n % 3 > 0).then(|| format!("favourite-{}", n / 40));
            let cause = Cause::Favourite { status: statuses[n], favourite: n as i64 };
            notifications::insert(&tx, &NewNotification { account_id, from_account_id, cause }, group_key.as_deref()).await?;
        }
        Ok(())
    })
    .await;
}

/// 5,000 people on 200 other servers with keys, all following the first one here; 300 activities of hers waiting for some
/// of the servers, and what came from others.
const FAR: &str = "
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
    INSERT INTO accounts (id, username, username_key, domain, uri, inbox_url, shared_inbox_url, created_at, updated_at)
        SELECT 9000000 + i, 'far' || i, 'far' || i, 'h' || (i % 200) || '.test', 'https://h' || (i % 200) || '.test/users/' || i,
               'https://h' || (i % 200) || '.test/users/' || i || '/inbox', 'https://h' || (i % 200) || '.test/inbox', 1, 1 FROM n;
    INSERT INTO keypairs (id, account_id, kind, fragment, public_key, created_at, uri)
        SELECT id, id, 0, '#main-key', 'PEM', 1, uri || '#main-key' FROM accounts WHERE domain <> '';
    INSERT INTO follows (id, account_id, target_account_id, created_at)
        SELECT id, id, (SELECT MIN(id) FROM accounts WHERE domain = '' AND id > 0), 1 FROM accounts WHERE domain <> '';
    INSERT INTO hosts (domain, first_seen_at, next_try_at) SELECT DISTINCT domain, 1, CASE WHEN id % 3 = 0 THEN 5 END
        FROM accounts WHERE id BETWEEN 9000000 AND 9000199;
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299)
    INSERT INTO delivery_bodies (id, actor_account_id, activity_uri, body, created_at)
        SELECT i + 1, i % 20, 'https://here.test/' || i, '{}', i FROM n;
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2999)
    INSERT INTO deliveries (id, body_id, domain, inboxes, next_try_at, created_at, dead_at)
        SELECT i + 1, i % 300 + 1, 'h' || (i % 200) || '.test', '[]', 5, 1, CASE WHEN i % 50 = 0 THEN 1 END FROM n;
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
    INSERT INTO received_activities (actor_uri, activity_uri, received_at)
        SELECT 'https://h' || (i % 200) || '.test/users/' || (i % 5000), 'https://h' || (i % 200) || '.test/activities/' || i, i FROM n;
";

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

/// Aliases of the fragments that say who is hidden, and of what they are asked about.
const HIDDEN: [&str; 13] = ["s", "a", "hb", "hm", "hd", "ha", "hn", "nb", "nm", "ma", "xa", "xn", "st"];
/// Aliases in the statements that fill feeds.
const FEEDS: [&str; 18] = ["f", "u", "o", "m", "ub", "ua", "um", "ud", "ux", "pm", "po", "ea", "d", "la", "lr", "tf", "fr", "x"];

/// What puts statuses into feeds begins at an index each time, and scans neither feeds nor relations.
fn check_feeds(connection: &rusqlite::Connection) {
    let all: Vec<&str> = HIDDEN.into_iter().chain(FEEDS).collect();
    for (pieces, index) in [
        (
            ["INSERT INTO home_feed (account_id, status_id)\n", "FROM follows f JOIN users u"],
            "follows_fan_out (target_account_id=? AND account_id>? AND account_id<?)",
        ),
        (
            ["INSERT INTO home_feed", "AND f.show_reblogs = TRUE\n                AND NOT EXISTS"],
            "follows_fan_out (target_account_id=? AND account_id>? AND account_id<?)",
        ),
        (["INSERT INTO home_feed", "FROM mentions m"], "SEARCH m USING PRIMARY KEY (status_id=?"),
        (["INSERT INTO home_feed", "SELECT DISTINCT tf.account_id"], "tag_follows_tag (tag_id=?"),
        (["INSERT INTO list_feed", "JOIN users u"], "list_accounts_account (account_id=? AND list_id>? AND list_id<?)"),
        (
            ["INSERT INTO home_feed", "FROM follows f CROSS JOIN statuses s"],
            "follows_pair (account_id=? AND target_account_id>? AND target_account_id<?)",
        ),
        (
            ["INSERT INTO list_feed", "CROSS JOIN list_accounts la CROSS JOIN statuses s"],
            "list_accounts_pair (list_id=? AND account_id>? AND account_id<?)",
        ),
        (["DELETE FROM home_feed WHERE status_id = ?1", "json_each"], "SEARCH home_feed USING PRIMARY KEY (account_id=? AND status_id=?)"),
        (["DELETE FROM list_feed WHERE status_id = ?1", "LIMIT ?3"], "SEARCH list_feed USING PRIMARY KEY (list_id=? AND status_id=?)"),
        (["INSERT INTO home_feed", "MIN(r.id)"], "statuses_reblog (reblog_of_id=?"),
        (["FROM list_feed h CROSS JOIN statuses s", "ORDER BY h.status_id"], "SEARCH h USING PRIMARY KEY (list_id=?"),
        (["FROM status_tags st CROSS JOIN statuses s CROSS JOIN accounts a", "ORDER BY st.status_id"], "status_tags_tag (tag_id=?"),
        (["FROM tag_follows tf", "ORDER BY tf.id"], "tag_follows_account (account_id=?"),
        (["SELECT tag_id, day, CAST(SUM(uses)", "GROUP BY"], "PRIMARY KEY (tag_id=? AND day>?)"),
    ] {
        // What is sorted is a page at most, where pages of several hashtags are united.
        for plan in plans(connection, &pieces) {
            assert!(plan.contains(index), "{pieces:?} does not use {index}:\n{plan}");
            assert_eq!(scans(&plan, &all), Vec::<String>::new(), "{pieces:?}:\n{plan}");
        }
    }
}

/// What comes from other servers and goes to them.
fn check_far(connection: &rusqlite::Connection) {
    let all = [
        "h",
        "d",
        "x",
        "b",
        "n",
        "f",
        "a",
        "o",
        "m",
        "v",
        "y",
        "p",
        "hosts",
        "deliveries",
        "delivery_bodies",
        "received_activities",
        "keypairs",
        "k",
    ];
    for (pieces, index) in [
        (["UPDATE hosts SET leased_by = ?1", "(h.failures > 0) = ?4"], "SEARCH h USING INDEX hosts_due (next_try_at<?)"),
        (["SELECT MIN(CASE WHEN lease_until", "FROM hosts"], "hosts_due"),
        (["UPDATE hosts SET leased_by = NULL, lease_until = NULL, failures = 0", "MIN(d.next_try_at)"], "deliveries_due (domain=?)"),
        (["FROM json_each(?1) h\n", "FROM deliveries x"], "SEARCH x USING INDEX deliveries_due (domain=? AND next_try_at<?)"),
        (["FROM json_each(?1) h\n", "FROM deliveries x"], "SEARCH d USING INTEGER PRIMARY KEY"),
        (["FROM delivery_bodies WHERE id IN", "actor_account_id"], "USING INTEGER PRIMARY KEY"),
        (["DELETE FROM deliveries WHERE id IN", "json_each(?1)"], "USING INTEGER PRIMARY KEY"),
        (["FROM delivery_bodies\n", "distributing = TRUE"], "delivery_bodies_distributing (actor_account_id=?"),
        (["FROM delivery_bodies b WHERE b.actor_account_id = ?1", "EXISTS"], "delivery_bodies_subject (actor_account_id=?)"),
        (
            ["INSERT INTO deliveries", "MAX(d.next_try_at)"],
            "SEARCH o USING COVERING INDEX delivery_bodies_subject (actor_account_id=? AND subject=? AND rowid<?)",
        ),
        (["INSERT INTO deliveries", "MAX(d.next_try_at)"], "SEARCH d USING INDEX deliveries_body (body_id=? AND domain=?)"),
        (
            ["UPDATE deliveries SET next_try_at = ?2", "n.id > b.id"],
            "SEARCH n USING COVERING INDEX delivery_bodies_subject (actor_account_id=? AND subject=? AND rowid>?)",
        ),
        (["UPDATE deliveries SET next_try_at = ?2", "n.id > b.id"], "SEARCH x USING COVERING INDEX deliveries_body (body_id=? AND domain=?)"),
        (["FROM delivery_bodies b CROSS JOIN deliveries d", "b.subject = ?2"], "delivery_bodies_subject (actor_account_id=? AND subject=?)"),
        (["FROM delivery_bodies b WHERE b.created_at < ?1", "ORDER BY b.created_at"], "delivery_bodies_age (created_at<?)"),
        (["FROM delivery_bodies b WHERE b.created_at < ?1", "NOT EXISTS"], "deliveries_body (body_id=?)"),
        (["UPDATE accounts SET shared_inbox_url = ''", "WHERE shared_inbox_url = ?1"], "accounts_shared_inbox (shared_inbox_url=?)"),
        (["UPDATE accounts SET inbox_url = ''", "WHERE inbox_url = ?1"], "accounts_inbox (inbox_url=?)"),
        (["SELECT DISTINCT CASE WHEN a.shared_inbox_url", "FROM follows f"], "SEARCH f USING"),
        (["SELECT DISTINCT CASE WHEN a.shared_inbox_url", "FROM follows f"], "SEARCH a USING INTEGER PRIMARY KEY"),
        (["SELECT DISTINCT CASE WHEN a.shared_inbox_url", "FROM blocks b"], "blocks_pair (account_id=? AND target_account_id=?)"),
        (["SELECT DISTINCT CASE WHEN a.shared_inbox_url", "FROM blocks b"], "account_domain_blocks_pair (account_id=? AND domain=?)"),
        (["FROM mentions m JOIN accounts a", "f.target_account_id = ?3"], "SEARCH m USING PRIMARY KEY (status_id=?"),
        (["b.reblog_of_id = ?1", "FROM poll_votes v"], "statuses_reblog (reblog_of_id=?"),
        (["MIN(shared_inbox_url)", "WITH RECURSIVE known"], "accounts_shared_inbox (shared_inbox_url>?)"),
        (["FROM received_activities WHERE received_at <= ?1", "ORDER BY received_at"], "received_activities_age (received_at<?)"),
        (["FROM keypairs k JOIN accounts a", "k.uri = ?1"], "keypairs_uri (uri=?)"),
        (["FROM keypairs k JOIN accounts a", "k.account_id = ?1"], "keypairs_fragment (account_id=?)"),
        (["DELETE FROM deliveries WHERE id IN (SELECT id", "dead_at < ?1"], "deliveries_dead (dead_at>? AND dead_at<?)"),
    ] {
        for plan in plans(connection, &pieces) {
            assert!(plan.contains(index), "{pieces:?} does not use {index}:\n{plan}");
            if index != "hosts_due" {
                let tables: Vec<String> = scans(&plan, &all).into_iter().filter(|step| !step.contains("VIRTUAL TABLE")).collect();
                assert_eq!(tables, Vec::<String>::new(), "{pieces:?}:\n{plan}");
            }
        }
    }
}

fn check_all(connection: &rusqlite::Connection) {
    check_far(connection);
    check(connection, &["FROM follows WHERE uri = ?1"], "follows_uri (uri=?", &[]);
    check(connection, &["FROM follow_requests WHERE uri = ?1"], "follow_requests_uri (uri=?", &[]);
    check(connection, &["FROM favourites WHERE uri = ?1"], "favourites_uri (uri=? AND account_id=?", &[]);
    check(connection, &["FROM statuses WHERE uri = ?1 AND local = FALSE AND deleted_at IS NULL"], "statuses_remote_uri (uri=?", &[]);
    check(connection, &["FROM home_feed h CROSS JOIN statuses s", "ORDER BY h.status_id"], "SEARCH h USING PRIMARY KEY", &["h", "s"]);
    check(connection, &["confirmed_at IS NULL AND created_at < ?1", "ORDER BY created_at"], "users_unconfirmed", &[]);
    check(connection, &["WHERE a.username_key IN", "a.suspended_at IS NULL"], "SEARCH a USING INDEX accounts_handle", &["a", "u"]);
    check(connection, &["FROM statuses s WHERE s.account_id = ?5", "ORDER BY s.id"], "SEARCH s USING INDEX statuses_account", &["s"]);
    check(connection, &["FROM statuses s INDEXED BY", "a.silenced_at IS NULL", "ORDER BY s.id"], "INDEX statuses_public", &HIDDEN);
    check(connection, &["FROM statuses s INDEXED BY", "AND s.local = TRUE"], "statuses_public_local (id", &HIDDEN);
    check(connection, &["FROM notifications n", "n.filtered = FALSE)", "ORDER BY n.id"], "SEARCH n USING INDEX notifications_", &["n", "a"]);
    check(connection, &["FROM notifications n", "NOT EXISTS", "ORDER BY n.id"], "SEARCH n USING INDEX notifications_account (account_id=?", &[]);
    check(
        connection,
        &["FROM notifications n", "NOT EXISTS", "ORDER BY n.id"],
        "SEARCH g USING INDEX notifications_group (account_id=? AND group_key=? AND",
        &["n", "a", "g", "ga"],
    );
    check(
        connection,
        &["n.from_account_id = ?9", "n.id < ?1", "SELECT n.id, n."],
        "SEARCH n USING INDEX notifications_sender (account_id=? AND from_account_id=?",
        &["n", "a"],
    );
    check(connection, &["FROM notifications h", "SELECT COUNT(*)"], "notifications_group (account_id=? AND group_key=?", &["h", "g"]);
    check(
        connection,
        &["FROM notifications h", "JOIN notifications s"],
        "SEARCH s USING INDEX notifications_group (account_id=? AND group_key=?",
        &["h", "g", "s"],
    );
    check(connection, &["n.group_key = ?2", "ORDER BY n.id"], "SEARCH n USING INDEX notifications_group (account_id=? AND group_key=?", &["n", "a"]);
    check(
        connection,
        &["SELECT account_id FROM follows WHERE target_account_id = ?1", "LIMIT 2 OFFSET ?3"],
        "COVERING INDEX follows_fan_out (target_account_id=? AND account_id>?)",
        &[],
    );
    check_feeds(connection);
    check(connection, &["UPDATE jobs SET run_at", "unique_key = NULL"], "SEARCH jobs USING INDEX jobs_due", &[]);
    check(connection, &["SELECT MIN(run_at) FROM jobs WHERE lane"], "jobs_due (lane=?)", &[]);
    check(connection, &["FROM statuses WHERE deleted_at IS NOT NULL"], "statuses_deleted", &[]);
    check(connection, &["WITH RECURSIVE known", "MIN(domain)"], "accounts_domain", &["a"]);
    check(connection, &["FROM statuses\n", "AND visibility <= 1", "GROUP BY 1"], "USING INTEGER PRIMARY KEY", &[]);
    check(connection, &["WITH RECURSIVE down"], "statuses_replies", &["s", "c"]);
    check(connection, &["WHERE s.conversation_id = ?1 AND s.id > ?2"], "statuses_conversation (conversation_id=? AND", &["s", "c", "a"]);
    check(connection, &["WITH RECURSIVE up"], "USING INTEGER PRIMARY KEY", &["s", "p"]);
    check(connection, &["FROM follows f WHERE f.target_account_id", "ORDER BY f.id"], "follows_target (target_account_id=?", &["f"]);
    check(connection, &["UPDATE statuses SET deleted_at"], "statuses_reblog", &[]);
    check(connection, &["SELECT 0, status_id FROM favourites"], "favourites_pair", &[]);
    check(connection, &["FROM home_feed h WHERE h.account_id IN"], "SEARCH h USING PRIMARY KEY (account_id=? AND status_id=?)", &["h"]);
    check(connection, &["SELECT 0, account_id, status_id, CAST(0 AS BIGINT) FROM favourites"], "favourites_pair", &["s", "cm"]);
    check(connection, &["FROM account_conversations c WHERE c.account_id", "ORDER BY c.last_status_id"], "account_conversations_list", &["c"]);
    check(connection, &["FROM accounts a CROSS JOIN accounts au"], "SEARCH a USING", &["a", "au"]);
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
        db.db.batch(FAR.into()).await.unwrap();
        check_all(&db.raw_sqlite());
        db.db.batch("ANALYZE".into()).await.unwrap();
        check_all(&db.raw_sqlite());
    })
    .await;
}

/// Where statements may read a large table whole: those of tests, and filling in bulk.
const READ_WHOLE: [&str; 2] = ["src/tests", "src/seed"];

/// PostgreSQL's plan of a statement for any values, as our connections make it.
async fn plan_for_any_values(client: &tokio_postgres::Client, text: &str) -> String {
    let arguments = client.prepare(text).await.unwrap().params().len();
    let values = if arguments > 0 { format!("({})", vec!["NULL"; arguments].join(", ")) } else { String::new() };
    client.batch_execute(&format!("PREPARE any_values AS {text}")).await.unwrap();
    let steps = client.query(&format!("EXPLAIN EXECUTE any_values{values}"), &[]).await.unwrap();
    client.batch_execute("DEALLOCATE any_values").await.unwrap();
    steps.iter().map(|step| step.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

/// The tables here are small enough to be read whole, so that is forbidden: what is read whole nevertheless has no index
/// that serves it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_use_indexes_on_postgres_whatever_the_values() {
    with_postgres(async |db| {
        fill(&db).await;
        let statuses = db.read(|r| async move { search::statuses::list_before(&r, crate::StatusId(i64::MAX), 2_000).await }).await;
        db.write(move |tx: Tx| async move {
            for (n, id) in statuses.into_iter().enumerate() {
                search::statuses::put(&tx, id, &[format!("word{}", n % 50)], &["_public".into()]).await?;
            }
            Ok(())
        })
        .await;
        db.db.batch("ANALYZE".into()).await.unwrap();
        let client = db.raw_postgres().await;
        client.batch_execute("SET plan_cache_mode = 'force_generic_plan'; SET enable_seqscan = off").await.unwrap();
        let mut scans = Vec::new();
        for sql in registered().filter(|sql| !READ_WHOLE.iter().any(|place| sql.place().contains(place))) {
            let text = sql.text(Engine::Postgres);
            let is_count = text.starts_with("SELECT COUNT(*)");
            if !is_count && (text.starts_with("SELECT") || text.starts_with("WITH")) {
                let plan = plan_for_any_values(&client, text).await;
                let is_scan = |step: &&str| LARGE.iter().any(|table| step.contains(&format!("Seq Scan on {table} ")));
                scans.extend(plan.lines().filter(is_scan).map(|step| format!("{}: {}", sql.place(), step.trim())));
            }
        }
        assert_eq!(scans, Vec::<String>::new());
        let search = registered().find(|sql| sql.text(Engine::Postgres).contains("every AS MATERIALIZED")).unwrap();
        let plan = plan_for_any_values(&client, search.text(Engine::Postgres)).await;
        let (_, last_step) = plan.split_once("CTE every").unwrap();
        assert!(last_step.contains("Bitmap Index Scan on search_statuses_tokens"), "{plan}");
        assert!(!last_step.contains("search_statuses_pkey"), "{plan}");
    })
    .await;
}

#[test]
fn a_scan_of_a_large_table_is_seen() {
    assert_eq!(scans("SEARCH a USING INDEX x (b=?)\nSCAN s USING INDEX statuses_public", &["s"]).len(), 1);
    assert_eq!(scans("SCAN jobs\nSCAN json_each VIRTUAL TABLE INDEX 1:", &[]), ["SCAN jobs"]);
}
