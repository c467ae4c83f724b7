//! Activities already taken.

use super::world::stories;
use crate::received;

stories! {
    async fn an_activity_is_new_once_for_each_actor(db) {
        let insert = |actor: &'static str, uri: &'static str| db.write(move |tx| async move { received::insert(&tx, actor, uri).await });
        assert!(insert("https://a.test/u", "https://a.test/1").await);
        assert!(!insert("https://a.test/u", "https://a.test/1").await);
        assert!(insert("https://a.test/u", "https://a.test/2").await);
        assert!(insert("https://a.test/v", "https://a.test/1").await);
    }

    async fn old_activities_are_swept_a_few_at_a_time(db) {
        let insert = |uri: &'static str| db.write(move |tx| async move { received::insert(&tx, "a", uri).await });
        for uri in ["1", "2", "3"] {
            insert(uri).await;
        }
        db.advance(received::LIFE_MS);
        insert("4").await;
        let sweep = |limit| db.write(move |tx| async move { received::sweep(&tx, limit).await });
        assert_eq!((sweep(2).await, sweep(2).await, sweep(2).await), (2, 1, 0));
        assert!(!insert("4").await && insert("1").await);
    }
}
