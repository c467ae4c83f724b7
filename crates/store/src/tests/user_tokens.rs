//! One-time tokens that arrive by mail.

use super::world::stories;
use crate::{user_tokens, users};

stories! {
    async fn a_token_is_found_by_its_hash_until_it_runs_out(db) {
        let ((_, user), (_, other)) = (db.login().await, db.login().await);
        db.write(move |tx| async move {
            user_tokens::replace(&tx, user, "confirm", b"one", tx.now(), 1_000).await?;
            user_tokens::replace(&tx, other, "confirm", b"two", tx.now(), 1_000).await
        }).await;
        let (start, end) = (db.now(), db.now() + 1_000);
        let find = |hash: &'static [u8], now| db.read(move |r| async move { user_tokens::find(&r, hash, now).await });
        let found = find(b"one", start).await.unwrap();
        assert_eq!(found.token_hash, b"one");
        assert_eq!((found.user_id, found.purpose.as_str(), found.created_at, found.expires_at), (user, "confirm", start, end));
        assert!(find(b"one", end).await.is_none(), "it has run out");
        assert!(find(b"none", start).await.is_none());
        let of_user = |purpose: &'static str, now| db.read(move |r| async move { user_tokens::find_of_user(&r, user, purpose, now).await });
        let found = of_user("confirm", start).await.unwrap();
        assert_eq!((found.user_id, found.token_hash.as_slice(), found.created_at), (user, b"one".as_slice(), start));
        assert!(of_user("reset", start).await.is_none() && of_user("confirm", end).await.is_none());
    }

    async fn a_new_token_takes_the_place_of_the_older_one_for_its_purpose(db) {
        let (_, user) = db.login().await;
        db.write(move |tx| async move {
            user_tokens::replace(&tx, user, "confirm", b"old", tx.now(), 1_000).await?;
            user_tokens::replace(&tx, user, "reset", b"other", tx.now(), 1_000).await?;
            user_tokens::replace(&tx, user, "confirm", b"new", tx.now(), 1_000).await
        }).await;
        let now = db.now();
        let is_there = |hash: &'static [u8]| db.read(move |r| async move { Ok(user_tokens::find(&r, hash, now).await?.is_some()) });
        assert_eq!([is_there(b"old").await, is_there(b"other").await, is_there(b"new").await], [false, true, true]);
        db.write(move |tx| async move { user_tokens::delete_of_user(&tx, user, "confirm").await }).await;
        assert_eq!([is_there(b"other").await, is_there(b"new").await], [true, false]);
        db.write(move |tx| async move { users::delete(&tx, user).await }).await;
        assert_eq!(db.count("user_tokens").await, 0, "they go with the user");
    }

    async fn what_has_run_out_is_swept(db) {
        let ((_, early), (_, late)) = (db.login().await, db.login().await);
        db.write(move |tx| async move {
            user_tokens::replace(&tx, early, "confirm", b"early", tx.now(), 10).await?;
            user_tokens::replace(&tx, late, "confirm", b"late", tx.now(), 1_000).await
        }).await;
        db.advance(100);
        assert_eq!(db.write(|tx| async move { user_tokens::delete_expired(&tx, 10).await }).await, 1);
        assert_eq!(db.count("user_tokens").await, 1);
    }
}
