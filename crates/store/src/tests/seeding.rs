//! Bulk filling.

use super::world::{Database, sorted, stories};
use crate::page::Page;
use crate::seed::{self, Crowd, FEED_KEEP, Posts};
use crate::{AccountId, accounts, feeds, follows, statuses, users};

pub fn crowd(count: usize, follows_each: usize) -> Crowd {
    Crowd { count, prefix: "U".into(), base_url: "https://here.test".into(), password_hash: "hash".into(), follows_each }
}

pub fn posts(db: &Database, count: usize) -> Posts {
    Posts { count, base_url: "https://here.test".into(), until_ms: db.now(), apart_ms: 1000 }
}

async fn seeded(db: &Database, people: usize, count: usize) -> (Vec<AccountId>, Vec<crate::StatusId>) {
    let people = seed::accounts(&db.db, &crowd(people, 3)).await.unwrap();
    let authors: Vec<AccountId> = people.into_iter().map(|person| person.0).collect();
    let ids = seed::statuses(&db.db, &authors, &posts(db, count)).await.unwrap();
    (authors, ids)
}

stories! {
    async fn seeded_accounts_can_sign_in_and_follow_each_other_in_a_ring(db) {
        let people = seed::accounts(&db.db, &crowd(130, 3)).await.unwrap();
        assert_eq!((people.len(), db.count("follows").await), (130, 390));
        let (first, last) = (people[0], people[129]);
        let (account, user, fans, followed) = db.read(move |r| async move {
            Ok((
                accounts::find(&r, last.0).await?.unwrap(),
                users::find_by_login(&r, "u129").await?.unwrap(),
                follows::followers_page(&r, first.0, None, &Page::first(10)).await?,
                follows::following_page(&r, last.0, None, &Page::first(10)).await?,
            ))
        }).await;
        assert_eq!((account.username.as_str(), account.following_count, account.followers_count, account.usable), ("U129", 3, 3, true));
        assert_eq!((account.uri, account.url), (format!("https://here.test/ap/users/{}", last.0), Some("https://here.test/@U129".into())));
        assert_eq!((user.id, user.account_id, user.password_hash.as_str(), user.email.as_str()), (last.1, last.0, "hash", "u129@seed.test"));
        let number = |n: usize| people[n].0;
        assert_eq!(sorted(fans.into_iter().map(|f| f.1).collect()), [number(127), number(128), number(129)]);
        assert_eq!(sorted(followed.into_iter().map(|f| f.1).collect()), [number(0), number(1), number(2)]);
        let again = seed::accounts(&db.db, &crowd(1, 3)).await;
        assert!(again.unwrap_err().is_conflict());
    }

    async fn seeded_statuses_have_ids_of_their_times_and_right_counters(db) {
        let (authors, ids) = seeded(db, 9, 1500).await;
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(db.count("statuses").await, 1500);
        let wanted = ids.clone();
        let rows = db.read(move |r| async move { statuses::list(&r, &wanted).await }).await;
        assert_eq!(rows.len(), 1500);
        for row in &rows {
            assert_eq!(row.id.0 >> crate::ids::RANDOM_BITS, row.created_at);
            let replies = rows.iter().filter(|other| other.in_reply_to_id == Some(row.id)).count();
            let reblogs = rows.iter().filter(|other| other.reblog_of_id == Some(row.id)).count();
            assert_eq!((row.replies_count, row.reblogs_count), (replies as i64, reblogs as i64));
            assert!(row.reblog_of_id.is_some() && row.content.is_empty() || (20..=500).contains(&row.text.len()), "{}", row.text.len());
            assert!(row.uri.starts_with("https://here.test/ap/users/") && row.url.is_some());
        }
        assert_eq!(rows.iter().map(|row| row.created_at).max(), Some(db.now()));
        assert_eq!((rows.iter().filter(|r| r.in_reply_to_id.is_some()).count(), rows.iter().filter(|r| r.reblog_of_id.is_some()).count()), (150, 150));
        assert_eq!(rows.iter().map(|row| row.favourites_count).sum::<i64>(), db.count("favourites").await);
        let authors_rows = db.read(move |r| async move { accounts::list(&r, &authors).await }).await;
        for author in authors_rows {
            let theirs: Vec<_> = rows.iter().filter(|row| row.account_id == author.id).collect();
            assert_eq!(author.statuses_count, theirs.len() as i64);
            assert_eq!(author.last_status_at, theirs.iter().map(|row| row.created_at).max());
        }
        assert!(db.count("mentions").await > 0);
    }

    async fn a_seeded_feed_holds_what_a_rebuilt_one_does_but_for_reblogs_of_what_is_there(db) {
        let (authors, _) = seeded(db, 7, 300).await;
        let reader = authors[2];
        let home = || db.read(move |r| async move {
            let ids = feeds::home_page(&r, reader, &Page::first(1000)).await?;
            statuses::list(&r, &ids).await
        });
        let seeded = home().await;
        db.write(move |tx| async move {
            feeds::clear(&tx, reader).await?;
            feeds::fill::rebuild_home(&tx, reader, crate::AccountId(0), 1000, FEED_KEEP as i64).await?;
            feeds::fill::rebuild_own(&tx, reader, FEED_KEEP as i64).await
        }).await;
        let rebuilt = home().await;
        let originals = |rows: &[statuses::Status]| sorted(rows.iter().filter(|s| s.reblog_of_id.is_none()).map(|s| s.id).collect());
        assert!(originals(&seeded).len() > 100);
        assert_eq!(originals(&seeded), originals(&rebuilt));
        let there = originals(&seeded);
        let known = seeded.iter().filter(|s| s.account_id != reader && s.reblog_of_id.is_some_and(|original| there.contains(&original)));
        assert_eq!(known.count(), 0);
    }

    async fn seeded_feeds_are_cut(db) {
        let (authors, ids) = seeded(db, 2, 1200).await;
        assert_eq!(db.count("home_feed").await, 2 * FEED_KEEP as i64);
        let first = authors[0];
        let newest = db.read(move |r| async move { feeds::home_page(&r, first, &Page::first(1)).await }).await;
        assert!(ids.iter().rev().take(3).any(|id| *id == newest[0]));
        let nothing = seed::statuses(&db.db, &[], &posts(db, 5)).await.unwrap();
        assert!(nothing.is_empty());
    }
}
