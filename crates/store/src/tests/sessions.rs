//! Browser sessions.

use super::world::{Database, stories};
use crate::{SessionId, UserId, sessions};

async fn open(db: &Database, user: UserId, hash: u8, lifetime_ms: i64) -> SessionId {
    db.write(move |tx| async move { sessions::insert(&tx, user, &[hash], "::1", "Browser", lifetime_ms).await }).await
}

async fn find(db: &Database, hash: u8) -> Option<(SessionId, UserId)> {
    let now = db.now();
    db.read(move |r| async move { sessions::find(&r, &[hash], now).await }).await
}

stories! {
    async fn a_session_is_found_by_its_token_until_it_expires(db) {
        let (_, user) = db.login().await;
        let id = open(db, user, 1, 100).await;
        assert_eq!((find(db, 1).await, find(db, 2).await), (Some((id, user)), None));
        db.advance(99);
        assert!(find(db, 1).await.is_some());
        db.advance(1);
        assert!(find(db, 1).await.is_none());
    }

    async fn signing_out_ends_one_session_or_all(db) {
        let ((_, user), (_, other)) = (db.login().await, db.login().await);
        let first = open(db, user, 1, 100).await;
        open(db, user, 2, 100).await;
        open(db, user, 3, 100).await;
        open(db, other, 4, 100).await;
        db.write(move |tx| async move { sessions::delete(&tx, first).await }).await;
        assert!(find(db, 1).await.is_none() && find(db, 2).await.is_some());
        assert_eq!(db.write(move |tx| async move { sessions::delete_of_user(&tx, user).await }).await, 2);
        assert!(find(db, 3).await.is_none() && find(db, 4).await.is_some());
    }

    async fn only_a_session_that_is_there_can_be_locked(db) {
        let (_, user) = db.login().await;
        let (first, second) = (open(db, user, 1, 100).await, open(db, user, 2, 100).await);
        db.write(move |tx| async move { sessions::delete(&tx, first).await }).await;
        let lock = |id| db.write(move |tx| async move { sessions::lock(&tx, id).await });
        assert_eq!((lock(first).await, lock(second).await), (false, true));
    }

    async fn only_the_newest_sessions_of_a_user_are_kept(db) {
        let ((_, user), (_, other)) = (db.login().await, db.login().await);
        for hash in 1..=4 {
            open(db, user, hash, 100).await;
        }
        open(db, other, 9, 100).await;
        assert_eq!(db.write(move |tx| async move { sessions::delete_oldest(&tx, user, 2).await }).await, 2);
        assert_eq!(db.write(move |tx| async move { sessions::delete_oldest(&tx, user, 2).await }).await, 0);
        let mut there = Vec::new();
        for hash in [1, 2, 3, 4, 9] {
            there.push(find(db, hash).await.is_some());
        }
        assert_eq!(there, [false, false, true, true, true]);
    }

    async fn expired_sessions_are_deleted_a_few_at_a_time(db) {
        let (_, user) = db.login().await;
        for hash in 1..=3 {
            open(db, user, hash, 10).await;
        }
        open(db, user, 4, 11).await;
        db.advance(10);
        let delete = |limit| db.write(move |tx| async move { sessions::delete_expired(&tx, limit).await });
        assert_eq!((delete(2).await, delete(2).await, delete(2).await), (2, 1, 0));
        assert!(find(db, 4).await.is_some());
    }
}
