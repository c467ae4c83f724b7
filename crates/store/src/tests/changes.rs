//! What is told of changed rows.

use std::collections::HashSet;
use std::sync::Arc;

use super::world::{Database, with_postgres, with_sqlite};
use crate::notifications::{self, Cause, NewNotification};
use crate::stats::{self, StatusDelta};
use crate::tests::seeding::{crowd, posts};
use crate::{AccountId, Change, StatusId, Tx, accounts, favourites, media, search, seed, statuses, tags, testing, users};

async fn world(db: &Database) -> (Vec<AccountId>, Vec<StatusId>) {
    let people = seed::accounts(&db.db, &crowd(3, 2)).await.unwrap();
    let authors: Vec<AccountId> = people.into_iter().map(|person| person.0).collect();
    seed::statuses(&db.db, &authors, &posts(db, 20)).await.unwrap();
    let mut ids = db.read(|r| async move { search::statuses::list_before(&r, StatusId(i64::MAX), 20).await }).await;
    ids.reverse();
    assert!(db.db.watch().await.unwrap());
    db.take_changes();
    (authors, ids)
}

async fn on_both(story: impl AsyncFn(Arc<Database>)) {
    with_sqlite(async |db| story(db).await).await;
    with_postgres(async |db| story(db).await).await;
}

fn only(changes: impl IntoIterator<Item = Change>) -> HashSet<Change> {
    changes.into_iter().collect()
}

#[tokio::test]
async fn what_changes_a_status_is_told_and_nothing_else() {
    on_both(async |db| {
        let (authors, ids) = world(&db).await;
        let (fan, liked) = (authors[0], ids[0]);
        db.write(move |tx: Tx| async move {
            favourites::insert(&tx, fan, liked).await?;
            stats::add_to_statuses(&tx, vec![(liked, StatusDelta { favourites: 1, ..StatusDelta::default() })]).await
        })
        .await;
        assert_eq!(db.take_changes(), only([Change::Status(liked), Change::Viewer(fan)]));
        let named = ids[1];
        db.write(move |tx: Tx| async move { statuses::insert_mention(&tx, named, fan, false).await }).await;
        assert_eq!(db.take_changes(), only([Change::Status(named)]));
        let gone = ids[2];
        db.write(move |tx: Tx| async move { statuses::mark_deleted(&tx, gone).await }).await;
        assert!(db.take_changes().contains(&Change::Status(gone)));
        let tagged = ids[3];
        db.write(move |tx: Tx| async move {
            let tag = tags::ensure(&tx, "rust", "Rust").await?;
            tags::attach(&tx, tagged, tag).await
        })
        .await;
        assert_eq!(db.take_changes(), only([Change::Status(tagged)]));
    })
    .await;
}

#[tokio::test]
async fn what_changes_notifications_is_told() {
    on_both(async |db| {
        let (authors, ids) = world(&db).await;
        let (told, from, status) = (authors[0], authors[1], ids[0]);
        let new = NewNotification { account_id: told, from_account_id: from, cause: Cause::Favourite { status, favourite: 1 } };
        let id = db.write(move |tx: Tx| async move { Ok(notifications::insert(&tx, &new, None).await?.unwrap()) }).await;
        assert_eq!(db.take_changes(), only([Change::Notifications(told)]));
        db.write(move |tx: Tx| async move { testing::hold_back(&tx, id).await }).await;
        assert_eq!(db.take_changes(), only([Change::Notifications(told)]));
        db.write(move |tx: Tx| async move { notifications::clear(&tx, told).await }).await;
        assert_eq!(db.take_changes(), only([Change::Notifications(told)]));
    })
    .await;
}

#[tokio::test]
async fn a_file_that_comes_later_changes_its_status() {
    on_both(async |db| {
        let (authors, ids) = world(&db).await;
        let (author, status) = (authors[0], ids[0]);
        let media = db
            .write(move |tx: Tx| async move {
                let media = media::insert(&tx, author, 1, &media::Words::default()).await?;
                media::complete(&tx, media, "hash").await?;
                assert!(media::attach(&tx, media, author, status, 0).await?);
                Ok(media)
            })
            .await;
        assert_eq!(db.take_changes(), only([Change::Status(status)]));
        db.write(move |tx: Tx| async move {
            let blob = media::NewBlob { size: 1, backend: "local".into(), key: "k".into(), mime: "image/png".into() };
            let blob = media::ensure_blob(&tx, &blob).await?;
            media::set_file(&tx, media, "original", blob, Some((4, 3))).await
        })
        .await;
        assert_eq!(db.take_changes(), only([Change::Status(status), Change::Account(author)]));
    })
    .await;
}

#[tokio::test]
async fn what_changes_an_account_is_told_and_its_handle_or_suspension_changes_everything() {
    on_both(async |db| {
        let (authors, _) = world(&db).await;
        let someone = authors[1];
        db.write(move |tx: Tx| async move { accounts::suspend(&tx, someone).await }).await;
        assert_eq!(db.take_changes(), only([Change::Everything]));
        db.write(move |tx: Tx| async move { accounts::suspend(&tx, someone).await }).await;
        assert_eq!(db.take_changes(), only([Change::Account(someone)]), "it was suspended already");
        let user = db.read(move |r| async move { Ok(users::find_by_account(&r, someone).await?.unwrap().id) }).await;
        db.write(move |tx: Tx| async move { users::set_disabled(&tx, user, true).await }).await;
        assert_eq!(db.take_changes(), only([]), "no page shows it");
        db.write(move |tx: Tx| async move { users::set_role(&tx, user, None).await }).await;
        assert_eq!(db.take_changes(), only([Change::Account(someone)]));
        db.db.batch(format!("UPDATE accounts SET url = 'https://elsewhere.test/' WHERE id = {someone};")).await.unwrap();
        assert_eq!(db.take_changes(), only([Change::Everything]));
    })
    .await;
}

/// Whoever hears that a write is durable has had the change told before.
#[tokio::test]
async fn a_change_is_told_before_its_writer_is_answered() {
    on_both(async |db| {
        let (authors, _) = world(&db).await;
        for someone in authors.clone() {
            db.write(move |tx: Tx| async move { accounts::suspend(&tx, someone).await }).await;
        }
        db.take_changes();
        for round in 0..200 {
            let someone = authors[round % authors.len()];
            db.write(move |tx: Tx| async move { accounts::suspend(&tx, someone).await }).await;
            assert_eq!(db.take_changes(), only([Change::Account(someone)]), "round {round}");
        }
    })
    .await;
}
