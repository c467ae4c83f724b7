//! Hashtags: following and use.

use super::world::{pages_both_ways, sorted, stories};
use crate::{AccountId, StatusId, TagId, tags};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

stories! {
    async fn hashtags_are_found_by_names_and_ids(db) {
        let id = db.write(|tx| async move { tags::ensure(&tx, "cafe", "Café").await }).await;
        let by_names = db.read(|r| async move { tags::list_by_names(&r, &["cafe".into(), "tea".into()]).await }).await;
        let by_ids = db.read(move |r| async move { tags::list_by_ids(&r, &[id, TagId(1)]).await }).await;
        for found in [by_names, by_ids] {
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].id, found[0].name.as_str(), found[0].display_name.as_str()), (id, "cafe", "Café"));
        }
    }

    async fn followed_hashtags_are_paged_by_the_following(db) {
        let (reader, other) = (db.user().await, db.user().await);
        let mut newest_first: Vec<TagId> = Vec::new();
        for name in ["one", "two", "three", "four", "five", "six"] {
            db.advance(1);
            let id = db.write(move |tx| async move {
                let tag = tags::ensure(&tx, name, name).await?;
                for _ in 0..2 {
                    tags::follow(&tx, reader, tag).await?;
                }
                Ok(tag)
            }).await;
            newest_first.insert(0, id);
        }
        let rows = db.read(move |r| async move { tags::followed_page(&r, reader, &crate::page::Page::first(100)).await }).await;
        assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), newest_first);
        pages_both_ways(&rows.iter().map(|row| row.0).collect::<Vec<_>>(), async |page| {
            let rows = db.read(move |r| async move { tags::followed_page(&r, reader, &page).await }).await;
            rows.into_iter().map(|row| row.0).collect()
        }).await;
        let asked = newest_first.clone();
        let followed = |account: AccountId| {
            let asked = asked.clone();
            db.read(move |r| async move { tags::list_followed(&r, account, &asked).await })
        };
        assert_eq!((sorted(followed(reader).await).len(), followed(other).await.len()), (6, 0));
        let first = newest_first[0];
        let unfollow = || db.write(move |tx| async move { tags::unfollow(&tx, reader, first).await });
        assert_eq!((unfollow().await, unfollow().await), (true, false));
        db.write(move |tx| async move { tags::delete_of_account(&tx, reader).await }).await;
        assert_eq!(db.count("tag_follows").await, 0);
    }

    async fn use_is_counted_by_day_and_by_distinct_account(db) {
        let (a, b) = (db.user().await, db.user().await);
        let tag = db.write(|tx| async move { tags::ensure(&tx, "cats", "cats").await }).await;
        let uses = async |author: AccountId, day: i64| {
            let status: StatusId = db.posts(author).await;
            db.write(move |tx| async move {
                tags::attach(&tx, status, tag).await?;
                tags::count_uses(&tx, status, author, day * DAY_MS).await
            }).await;
        };
        for (author, day) in [(a, 3), (a, 3), (b, 3), (a, 4), (a, 1)] {
            uses(author, day).await;
        }
        let history = db.read(move |r| async move { tags::history(&r, &[tag], 3 * DAY_MS).await }).await;
        let days: Vec<_> = history.iter().map(|day| (day.tag_id, day.day / DAY_MS, day.uses, day.accounts)).collect();
        assert_eq!(days, [(tag, 3, 3, 2), (tag, 4, 1, 1)]);
        let forget = |before, limit| db.write(move |tx| async move { tags::delete_old_uses(&tx, before, limit).await });
        assert_eq!((forget(4 * DAY_MS, 2).await, forget(4 * DAY_MS, 9).await, db.count("tag_uses").await), (2, 1, 1));
    }
}
