//! Migrations and the floor of ids.

use super::world::{START_MS, stories, with_postgres, with_sqlite};
use crate::dialect::Engine;
use crate::{Error, migrate};

stories! {
    async fn a_migrated_database_has_nothing_pending(db) {
        let status = migrate::status(&db.db).await.unwrap();
        assert!(status.pending.is_empty());
        let applied: Vec<_> = status.applied.iter().map(|a| (a.version, a.name.as_str(), a.applied_at)).collect();
        assert_eq!(applied[0], (1, "foundation", START_MS));
        assert_eq!(applied.len(), migrate::MIGRATIONS.len());
        assert_eq!(migrate::migrate(&db.db, START_MS + 1).await.unwrap(), 0);
    }

    async fn a_migrated_postgres_has_the_triggers_of_this_version_and_gets_them_back(db) {
        let ours = crate::link::fingerprint();
        let wanted = (db.engine() == Engine::Postgres).then_some(ours);
        assert_eq!(db.db.told().await.unwrap(), wanted);
        if wanted.is_some() {
            db.db.batch(crate::changes::GONE.into()).await.unwrap();
            assert!(!db.db.watch().await.unwrap(), "nothing is kept by who wants other triggers");
        }
        migrate::migrate(&db.db, START_MS + 1).await.unwrap();
        assert_eq!(db.db.told().await.unwrap(), wanted);
        // A handle of its own, which listens no longer than this.
        let again = db.opened_again().await;
        assert!(again.watch().await.unwrap());
        again.close().await;
    }

    async fn the_floor_of_ids_is_the_greatest_id_or_the_kept_one(db) {
        let floor = || async { migrate::id_floor(&db.db).await.unwrap() };
        assert_eq!(floor().await, 0);
        let author = db.user().await;
        let status = db.posts(author).await;
        assert_eq!(floor().await, status.0);
        let drawn = db.write(|tx| async move { Ok(tx.next_id()) }).await;
        assert!(floor().await < drawn);
        migrate::keep_id_floor(&db.db).await.unwrap();
        assert!(floor().await >= drawn);
        db.posts(author).await;
        migrate::keep_id_floor(&db.db).await.unwrap();
        assert!(floor().await > drawn, "kept anew");
    }
}

async fn a_newer_database_is_refused(db: &super::world::Database) {
    db.db.batch("INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, 'from the future', 0)".into()).await.unwrap();
    let refused = migrate::migrate(&db.db, START_MS).await;
    assert!(matches!(&refused, Err(Error::Open(text)) if text.contains("9999") && text.contains("from the future")), "{refused:?}");
}

#[tokio::test]
async fn on_sqlite_a_database_of_a_newer_program_is_refused() {
    with_sqlite(async |db| a_newer_database_is_refused(&db).await).await;
}

#[tokio::test]
async fn on_postgres_a_database_of_a_newer_program_is_refused() {
    with_postgres(async |db| a_newer_database_is_refused(&db).await).await;
}

/// Three nodes that start at once on a database with the first `there` migrations.
async fn nodes_start_at_once(there: usize) {
    let database = super::world::Database::empty_postgres(&format!("nodes_{there}")).await;
    if there > 0 {
        migrate::status(&database.db).await.unwrap();
    }
    for (version, ..) in &migrate::MIGRATIONS[..there] {
        migrate::apply(&database.db, *version, START_MS).await.unwrap();
    }
    let nodes = [database.opened_again().await, database.opened_again().await, database.opened_again().await];
    let ran = futures_util::future::join_all(nodes.iter().map(|node| migrate::migrate(node, START_MS))).await;
    let ran: Vec<usize> = ran.into_iter().map(Result::unwrap).collect();
    let pending = migrate::MIGRATIONS.len() - there;
    assert_eq!((ran.iter().sum::<usize>(), ran.iter().max()), (pending, Some(&pending)), "one migrates, the others wait");
    for node in &nodes {
        assert!(migrate::status(node).await.unwrap().pending.is_empty());
        assert_eq!(node.told().await.unwrap(), Some(crate::link::fingerprint()));
        node.close().await;
    }
    database.drop_postgres().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_nodes_that_start_at_once_make_one_schema() {
    nodes_start_at_once(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_nodes_that_start_at_once_upgrade_an_old_schema_once() {
    nodes_start_at_once(10).await;
}
