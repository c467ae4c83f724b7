//! What was taken back, and what is gone for good.

use super::world::stories;
use crate::{tombstones, uris, withdrawn};

stories! {
    async fn what_an_actor_took_back_is_remembered_for_six_hours(db) {
        let insert = |actor: &'static str, uri: String| db.write(move |tx| async move { withdrawn::insert(&tx, actor, &uri).await });
        let known = |actor: &'static str, uri: &'static str| {
            let now = db.now();
            db.read(move |r| async move { withdrawn::is_withdrawn(&r, actor, uri, now).await })
        };
        insert("https://a.test/u", "https://a.test/1".into()).await;
        assert!(known("https://a.test/u", "https://a.test/1").await);
        assert!(!known("https://a.test/other", "https://a.test/1").await, "only its own actor takes it back");
        assert!(!known("https://a.test/u", "https://a.test/2").await);
        insert("https://a.test/u", format!("https://a.test/{}", "x".repeat(withdrawn::URI_MAX))).await;
        assert_eq!(db.count("withdrawn_activities").await, 1, "what is too long to be kept anywhere is not remembered");
        db.advance(withdrawn::LIFE_MS - 1);
        assert!(known("https://a.test/u", "https://a.test/1").await);
        db.advance(1);
        assert!(!known("https://a.test/u", "https://a.test/1").await);
        insert("https://a.test/u", "https://a.test/1".into()).await;
        assert!(known("https://a.test/u", "https://a.test/1").await, "taken back anew");
    }

    async fn old_marks_are_swept_a_few_at_a_time(db) {
        for uri in ["1", "2", "3"] {
            db.write(move |tx| async move { withdrawn::insert(&tx, "a", uri).await }).await;
        }
        db.advance(withdrawn::LIFE_MS);
        db.write(|tx| async move { withdrawn::insert(&tx, "a", "4").await }).await;
        let sweep = |limit| db.write(move |tx| async move { withdrawn::sweep(&tx, limit).await });
        assert_eq!((sweep(2).await, sweep(2).await, sweep(2).await), (2, 1, 0));
        assert_eq!(db.count("withdrawn_activities").await, 1);
    }

    async fn only_what_came_from_elsewhere_and_is_there_is_found_by_its_address(db) {
        let author = db.account_on("a.test").await;
        let (own, theirs) = (db.posts(author).await, db.posts(author).await);
        db.is_remote(theirs).await;
        let find = |id: crate::StatusId| db.read(move |r| async move { uris::find_status(&r, &format!("https://here.test/statuses/{id}")).await });
        assert_eq!((find(theirs).await, find(own).await), (Some((theirs, author)), None));
        db.write(move |tx| async move { crate::statuses::mark_deleted(&tx, theirs).await }).await;
        assert_eq!(find(theirs).await, None);
    }

    async fn a_tombstone_stays(db) {
        let account = db.account().await;
        for _ in 0..2 {
            db.write(move |tx| async move { tombstones::insert(&tx, "https://a.test/1", Some(account), false).await }).await;
        }
        db.write(|tx| async move { tombstones::insert(&tx, "https://a.test/2", None, true).await }).await;
        let exists = |uri: &'static str| db.read(move |r| async move { tombstones::exists(&r, uri).await });
        assert!(exists("https://a.test/1").await && exists("https://a.test/2").await && !exists("https://a.test/3").await);
        assert_eq!(db.count("tombstones").await, 2);
        // It is one for who said so.
        let other = db.account().await;
        let is_of = |uri: &'static str, author| db.read(move |r| async move { tombstones::is_of(&r, uri, author).await });
        assert!(is_of("https://a.test/1", account).await && !is_of("https://a.test/1", other).await);
        assert!(is_of("https://a.test/2", account).await && is_of("https://a.test/2", other).await);
        db.write(move |tx| async move { tombstones::insert(&tx, "https://a.test/1", Some(other), false).await }).await;
        db.write(move |tx| async move { tombstones::insert(&tx, "https://a.test/2", Some(other), false).await }).await;
        assert!(!is_of("https://a.test/1", account).await && is_of("https://a.test/1", other).await && is_of("https://a.test/2", account).await);
    }
}
