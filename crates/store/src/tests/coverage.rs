//! Every statement of the program can be prepared on both engines, and the stories run every one of them.

use super::world::{Database, with_postgres, with_sqlite};
use crate::dialect::Engine;
use crate::sql::{Sql, registered};

/// There are at least so many; fewer means that the registry lost some.
const FEWEST: usize = 130;

/// The statements outside the tests.
fn of_the_program() -> Vec<&'static Sql> {
    let all: Vec<_> = registered().filter(|sql| !sql.place().contains("src/tests")).collect();
    assert!(all.len() >= FEWEST, "{} statements are registered", all.len());
    all
}

async fn all_can_be_prepared(db: &Database) {
    for sql in of_the_program() {
        db.db.prepare(sql).await.unwrap_or_else(|error| panic!("{}: {error}", sql.place()));
    }
}

#[tokio::test]
async fn every_statement_can_be_prepared_on_sqlite() {
    with_sqlite(async |db| all_can_be_prepared(&db).await).await;
}

#[tokio::test]
async fn every_statement_can_be_prepared_on_postgres() {
    with_postgres(async |db| all_can_be_prepared(&db).await).await;
}

async fn all_stories(db: &Database) {
    super::accounts::all(db).await;
    super::blocks::all(db).await;
    super::conversations::all(db).await;
    super::documents::all(db).await;
    super::domain_rules::all(db).await;
    super::deliveries::all(db).await;
    super::feeds::all(db).await;
    super::follow_requests::all(db).await;
    super::follows::all(db).await;
    super::instance::all(db).await;
    super::jobs::all(db).await;
    super::keypairs::all(db).await;
    super::lists::all(db).await;
    super::marks::all(db).await;
    super::media::all(db).await;
    super::migrate::all(db).await;
    super::mutes::all(db).await;
    super::markers::all(db).await;
    super::notification_groups::all(db).await;
    super::notifications::all(db).await;
    super::oauth::all(db).await;
    super::remote_accounts::all(db).await;
    super::remote_statuses::all(db).await;
    super::removal::all(db).await;
    super::remote_media::all(db).await;
    super::polls::all(db).await;
    super::received::all(db).await;
    super::revisions::all(db).await;
    super::scheduled::all(db).await;
    super::search::all(db).await;
    super::seeding::all(db).await;
    super::sessions::all(db).await;
    super::small_tables::all(db).await;
    super::statuses::all(db).await;
    super::streams::all(db).await;
    super::tags::all(db).await;
    super::timelines::all(db).await;
    super::user_tokens::all(db).await;
    super::users::all(db).await;
    super::withdrawn::all(db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stories_run_every_statement_on_both_engines() {
    with_sqlite(async |db| all_stories(&db).await).await;
    with_postgres(async |db| all_stories(&db).await).await;
    let mut missed = Vec::new();
    for sql in of_the_program() {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            if !sql.has_run_on(engine) {
                missed.push(format!("{} on {}: {}", sql.place(), engine.name(), sql.text(engine)));
            }
        }
    }
    assert!(missed.is_empty(), "{} statements never ran:\n{}", missed.len(), missed.join("\n"));
}
