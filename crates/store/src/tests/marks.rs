//! Favourites, bookmarks, hashtags and counters.

use super::world::{pages_both_ways, stories};
use crate::page::Page;
use crate::stats::{self, AccountDelta, StatusDelta};
use crate::statuses::Marked;
use crate::{StatusId, accounts, bookmarks, favourites, statuses, tags};

stories! {
    async fn favouriting_twice_is_the_same_as_once(db) {
        let (author, fan) = (db.user().await, db.user().await);
        let (a, b) = (db.posts(author).await, db.posts(author).await);
        let insert = |status| db.write(move |tx| async move { favourites::insert(&tx, fan, status).await });
        let delete = |status| db.write(move |tx| async move { favourites::delete(&tx, fan, status).await });
        let list = |limit| db.read(move |r| async move { favourites::list_of_account(&r, fan, limit).await });
        let first = insert(a).await;
        assert!(first.is_some());
        assert_eq!(insert(a).await, None);
        insert(b).await;
        assert_eq!((list(9).await, list(1).await), (vec![a, b], vec![a]));
        assert_eq!(delete(a).await, first);
        assert_eq!(delete(a).await, None);
        assert_eq!(list(9).await, [b]);
    }

    async fn a_mark_from_elsewhere_is_found_by_its_activity(db) {
        let (author, fan) = (db.user().await, db.user().await);
        let (a, b) = (db.posts(author).await, db.posts(author).await);
        db.write(move |tx| async move {
            let first = favourites::insert(&tx, fan, a).await?.unwrap();
            favourites::set_origin(&tx, first, "https://a.test/l/1", Some("🎉")).await?;
            let second = favourites::insert(&tx, fan, b).await?.unwrap();
            favourites::set_origin(&tx, second, "https://a.test/l/2", None).await
        }).await;
        let find = |uri: &'static str, party| db.read(move |r| async move { favourites::find_by_uri(&r, uri, party).await });
        assert_eq!((find("https://a.test/l/1", fan).await, find("https://a.test/l/2", fan).await), (Some(a), Some(b)));
        assert_eq!((find("https://a.test/l/1", author).await, find("https://a.test/l/3", fan).await), (None, None));
        let reaction = |of, status| db.read(move |r| async move { favourites::find_reaction(&r, of, status).await });
        assert_eq!((reaction(fan, a).await, reaction(fan, b).await, reaction(author, a).await), (Some(Some("🎉".into())), Some(None), None));
    }

    async fn bookmarks_belong_to_their_owner(db) {
        let (author, me, other) = (db.user().await, db.user().await, db.user().await);
        let (a, b) = (db.posts(author).await, db.posts(author).await);
        db.write(move |tx| async move {
            for status in [a, a, b] {
                bookmarks::insert(&tx, me, status).await?;
                bookmarks::insert(&tx, other, status).await?;
            }
            bookmarks::delete(&tx, me, a).await?;
            bookmarks::delete(&tx, me, a).await
        }).await;
        let marks = |viewer| db.read(move |r| async move { statuses::list_marks(&r, viewer, &Marked { statuses: vec![a, b], ..Marked::default() }).await });
        assert_eq!(marks(me).await, [(2, b.0)]);
        assert_eq!(marks(other).await.len(), 2);
        db.write(move |tx| async move { bookmarks::delete_of_account(&tx, other).await }).await;
        assert_eq!((marks(other).await, marks(me).await), (vec![], vec![(2, b.0)]));
    }

    async fn marks_are_paged_by_their_own_ids_without_deleted_statuses(db) {
        let (author, me, other) = (db.user().await, db.user().await, db.user().await);
        let mut marked = Vec::new();
        for n in 0..8 {
            let status = db.posts(author).await;
            db.write(move |tx| async move {
                favourites::insert(&tx, me, status).await?;
                favourites::insert(&tx, other, status).await?;
                bookmarks::insert(&tx, other, status).await?;
                bookmarks::insert(&tx, me, status).await
            }).await;
            if n == 3 {
                db.write(move |tx| async move { statuses::mark_deleted(&tx, status).await }).await;
            } else {
                marked.insert(0, status);
            }
        }
        let (favourited, bookmarked) = db.read(move |r| async move {
            Ok((favourites::page(&r, me, &Page::first(100)).await?, bookmarks::page(&r, me, &Page::first(100)).await?))
        }).await;
        assert_eq!(favourited.iter().map(|mark| mark.1).collect::<Vec<_>>(), marked);
        assert_eq!(bookmarked.iter().map(|mark| mark.1).collect::<Vec<_>>(), marked);
        let ids = |rows: Vec<(i64, StatusId)>| rows.into_iter().map(|row| row.0).collect::<Vec<_>>();
        pages_both_ways(&ids(favourited), async |page| ids(db.read(move |r| async move { favourites::page(&r, me, &page).await }).await)).await;
        pages_both_ways(&ids(bookmarked), async |page| ids(db.read(move |r| async move { bookmarks::page(&r, me, &page).await }).await)).await;
    }

    async fn those_who_marked_or_reblogged_a_status_are_paged_without_suspended_ones(db) {
        let author = db.user().await;
        let (status, other) = (db.posts(author).await, db.posts(author).await);
        let (mut fans, mut reblogs) = (Vec::new(), Vec::new());
        for n in 0..8 {
            let fan = db.user().await;
            db.write(move |tx| async move { favourites::insert(&tx, fan, other).await.and(favourites::insert(&tx, fan, status).await) }).await;
            let reblog = db.reblogs(fan, status).await;
            if n == 3 {
                db.write(move |tx| async move { accounts::suspend(&tx, fan).await }).await;
            } else {
                fans.insert(0, fan);
                reblogs.insert(0, reblog.0);
            }
        }
        let whole = Page::first(100);
        let (marked, reblogged) = db.read(move |r| async move {
            Ok((favourites::page_of_status(&r, status, None, &whole).await?, statuses::reblogs_page(&r, status, None, &whole).await?))
        }).await;
        assert_eq!(marked.iter().map(|mark| mark.1).collect::<Vec<_>>(), fans);
        assert_eq!(reblogged.iter().map(|row| row.1).collect::<Vec<_>>(), fans);
        let ids: Vec<i64> = marked.iter().map(|row| row.0).collect();
        pages_both_ways(&ids, async |page| {
            let rows = db.read(move |r| async move { favourites::page_of_status(&r, status, None, &page).await }).await;
            rows.into_iter().map(|row| row.0).collect()
        }).await;
        pages_both_ways(&reblogs, async |page| {
            let rows = db.read(move |r| async move { statuses::reblogs_page(&r, status, None, &page).await }).await;
            rows.into_iter().map(|row| row.0).collect()
        }).await;
    }

    async fn a_tag_is_made_once_and_keeps_its_first_spelling(db) {
        let ensure = |name: &'static str, shown: &'static str| db.write(move |tx| async move { tags::ensure(&tx, name, shown).await });
        let cats = ensure("cats", "Cats").await;
        assert_eq!(ensure("cats", "CATS").await, cats);
        let dogs = ensure("dogs", "dogs").await;
        assert_ne!(cats, dogs);
        let find = |name: &'static str| db.read(move |r| async move { tags::find(&r, name).await });
        assert_eq!((find("dogs").await, find("birds").await), (Some(dogs), None));
        assert_eq!(db.count("tags").await, 2);
    }

    async fn the_tags_of_statuses_are_listed_in_the_order_they_were_made(db) {
        let author = db.user().await;
        let (a, b) = (db.posts(author).await, db.posts(author).await);
        db.write(move |tx| async move {
            let (zebra, ant) = (tags::ensure(&tx, "zebra", "zebra").await?, tags::ensure(&tx, "ant", "ant").await?);
            for (status, tag) in [(b, ant), (a, ant), (a, zebra), (a, ant)] {
                tags::attach(&tx, status, tag).await?;
            }
            Ok(())
        }).await;
        let list = |ids: Vec<StatusId>| db.read(move |r| async move { tags::list(&r, &ids).await });
        let listed: Vec<_> = list(vec![b, a]).await.into_iter().map(|tag| (tag.status_id, tag.name)).collect();
        assert_eq!(listed, [(a, "zebra".to_owned()), (a, "ant".into()), (b, "ant".into())]);
        assert!(list(vec![]).await.is_empty());
    }

    async fn an_accounts_counters_are_added_to_and_never_fall_below_zero(db) {
        let (a, b) = (db.account().await, db.account().await);
        let add = |deltas| db.write(move |tx| async move { stats::add_to_accounts(&tx, deltas).await });
        let up = AccountDelta { statuses: 2, following: 3, followers: 4, last_status_at: Some(50) };
        let down = AccountDelta { statuses: -1, following: -9, followers: -4, last_status_at: None };
        add(vec![(b, down), (a, up)]).await;
        add(vec![(a, down), (b, up)]).await;
        add(vec![]).await;
        let counters = |id| async move {
            let account = db.read(move |r| async move { accounts::find(&r, id).await }).await.unwrap();
            (account.statuses_count, account.following_count, account.followers_count, account.last_status_at)
        };
        assert_eq!(counters(a).await, (1, 0, 0, Some(50)));
        assert_eq!(counters(b).await, (2, 3, 4, Some(50)));
    }

    async fn a_statuss_counters_are_added_to_and_never_fall_below_zero(db) {
        let author = db.user().await;
        let (a, b) = (db.posts(author).await, db.posts(author).await);
        let add = |deltas| db.write(move |tx| async move { stats::add_to_statuses(&tx, deltas).await });
        let up = StatusDelta { replies: 2, reblogs: 3, favourites: 4 };
        let down = StatusDelta { replies: -1, reblogs: -9, favourites: -4 };
        add(vec![(b, down), (a, up)]).await;
        add(vec![(a, down), (b, up)]).await;
        let counters = |id| async move {
            let status = db.read(move |r| async move { statuses::find(&r, id).await }).await.unwrap();
            (status.replies_count, status.reblogs_count, status.favourites_count)
        };
        assert_eq!((counters(a).await, counters(b).await), ((1, 0, 0), (2, 3, 4)));
    }

    async fn what_another_server_counts_is_shown_before_what_is_known_here(db) {
        let author = db.user().await;
        let (a, b) = (db.posts(author).await, db.posts(author).await);
        let add = |delta| db.write(move |tx| async move { stats::add_to_statuses(&tx, vec![(a, delta)]).await });
        let says = |id, reblogs, favourites| db.write(move |tx| async move { stats::set_untrusted(&tx, id, reblogs, favourites).await });
        let counters = |id| async move {
            let status = db.read(move |r| async move { statuses::find(&r, id).await }).await.unwrap();
            (status.reblogs_count, status.favourites_count)
        };
        says(b, None, None).await;
        says(b, Some(0), Some(0)).await;
        assert_eq!((counters(b).await, db.count("status_stats").await), ((0, 0), 0), "nothing needs no row");
        add(StatusDelta { reblogs: 1, favourites: 1, ..StatusDelta::default() }).await;
        says(a, None, Some(7)).await;
        assert_eq!(counters(a).await, (1, 7));
        add(StatusDelta { reblogs: 1, favourites: 1, ..StatusDelta::default() }).await;
        assert_eq!(counters(a).await, (2, 8));
        says(a, Some(5), None).await;
        says(a, Some(0), None).await;
        assert_eq!(counters(a).await, (0, 8));
        add(StatusDelta { reblogs: -1, favourites: -9, ..StatusDelta::default() }).await;
        assert_eq!(counters(a).await, (0, 0));
        says(b, Some(3), Some(4)).await;
        says(b, Some(2), Some(0)).await;
        assert_eq!(counters(b).await, (2, 0));
    }

    async fn counters_changed_at_once_add_up(db) {
        let author = db.user().await;
        let (a, b) = (db.posts(author).await, db.posts(author).await);
        let one = StatusDelta { favourites: 1, ..StatusDelta::default() };
        let adds: Vec<_> = (0..40).map(|n| {
            let store = db.db.clone();
            // Given in either order; rows are locked in id order, so no two wait for each other.
            let deltas = if n % 2 == 0 { vec![(a, one), (b, one)] } else { vec![(b, one), (a, one)] };
            tokio::spawn(async move { store.write(move |tx| async move { stats::add_to_statuses(&tx, deltas).await }).await })
        }).collect();
        for add in adds {
            add.await.unwrap().unwrap();
        }
        for id in [a, b] {
            assert_eq!(db.read(move |r| async move { statuses::find(&r, id).await }).await.unwrap().favourites_count, 40);
        }
    }
}
