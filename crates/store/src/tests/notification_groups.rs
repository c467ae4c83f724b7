//! Notifications in groups.

use super::notifications::cause;
use super::world::{Database, pages_both_ways, stories};
use crate::notification_groups as groups;
use crate::notifications::{self, Filter, Kind, NewNotification};
use crate::page::Page;
use crate::{AccountId, NotificationId, accounts};

/// A notification of kind and key, both in one: `favourite-1`, `mention`.
async fn notify(db: &Database, account_id: AccountId, from: AccountId, key: &'static str) -> NotificationId {
    db.advance(1);
    let (kind, grouped) = key.split_once('-').map_or((key, false), |(kind, _)| (kind, true));
    let new = NewNotification { account_id, from_account_id: from, cause: cause(Kind::from_word(kind), db.now()) };
    db.write(move |tx| async move { notifications::insert(&tx, &new, grouped.then_some(key)).await }).await.unwrap()
}

fn grouped() -> Vec<Kind> {
    vec![Kind::Favourite, Kind::Follow]
}

async fn heads(db: &Database, account: AccountId, page: Page) -> Vec<NotificationId> {
    narrowed(db, account, Filter::default(), grouped(), page).await
}

async fn narrowed(db: &Database, account: AccountId, filter: Filter, kinds: Vec<Kind>, page: Page) -> Vec<NotificationId> {
    let rows = db.read(move |r| async move { groups::page(&r, account, &filter, &kinds, &page).await }).await;
    rows.into_iter().map(|n| n.id).collect()
}

stories! {
    async fn a_group_takes_one_place_on_a_page_that_of_its_newest(db) {
        let (me, fan, other) = (db.user().await, db.user().await, db.user().await);
        notify(db, me, fan, "favourite-1").await;
        let mention = notify(db, me, fan, "mention").await;
        notify(db, me, other, "favourite-1").await;
        let second = notify(db, me, fan, "favourite-2").await;
        let newest = notify(db, me, other, "favourite-1").await;
        let again = notify(db, me, fan, "mention").await;
        notify(db, other, fan, "favourite-1").await;
        assert_eq!(heads(db, me, Page::first(10)).await, [again, newest, second, mention]);
        assert_eq!(heads(db, me, Page::first(2)).await, [again, newest]);
        let count = |after: i64, limit| {
            db.read(move |r| async move { groups::count_after(&r, me, &Filter::default(), &grouped(), after, limit).await })
        };
        assert_eq!((count(0, 10).await, count(0, 3).await, count(second.0, 10).await, count(again.0, 10).await), (4, 3, 2, 0));
    }

    async fn a_group_comes_again_on_the_next_page_with_its_older_ones(db) {
        let (me, fan, other) = (db.user().await, db.user().await, db.user().await);
        let old = notify(db, me, fan, "favourite-1").await;
        let middle = notify(db, me, fan, "mention").await;
        let new = notify(db, me, other, "favourite-1").await;
        assert_eq!(heads(db, me, Page { max_id: Some(new.0), limit: 9, ..Page::default() }).await, [middle, old]);
        assert_eq!(heads(db, me, Page { since_id: Some(old.0), limit: 9, ..Page::default() }).await, [new, middle]);
        assert_eq!(heads(db, me, Page { min_id: Some(0), limit: 9, ..Page::default() }).await, [middle, old], "upwards, the oldest leads");
        assert_eq!(heads(db, me, Page { min_id: Some(0), limit: 1, ..Page::default() }).await, [old]);
        assert_eq!(heads(db, me, Page { min_id: Some(old.0), limit: 9, ..Page::default() }).await, [new, middle]);
    }

    async fn only_the_kinds_wanted_are_grouped_or_shown(db) {
        let (me, fan, other) = (db.user().await, db.user().await, db.user().await);
        let one = notify(db, me, fan, "favourite-1").await;
        let two = notify(db, me, other, "favourite-1").await;
        notify(db, me, fan, "follow-1").await;
        let follow = notify(db, me, other, "follow-1").await;
        let all = Page::first(9);
        assert_eq!(narrowed(db, me, Filter::default(), vec![Kind::Follow], all).await, [follow, two, one]);
        let only = Filter { kinds: vec![Kind::Follow], ..Filter::default() };
        assert_eq!(narrowed(db, me, only, grouped(), all).await, [follow]);
        let without = Filter { exclude_kinds: vec![Kind::Follow], ..Filter::default() };
        assert_eq!(narrowed(db, me, without, grouped(), all).await, [two]);
    }

    async fn what_may_not_be_shown_does_not_stand_for_its_group(db) {
        let (me, fan, suspended, aside) = (db.user().await, db.user().await, db.user().await, db.user().await);
        let seen = notify(db, me, fan, "favourite-1").await;
        let filtered = notify(db, me, aside, "favourite-1").await;
        let hidden = notify(db, me, suspended, "favourite-1").await;
        notify(db, me, suspended, "favourite-2").await;
        db.write(move |tx| async move {
            crate::testing::hold_back(&tx, filtered).await?;
            accounts::suspend(&tx, suspended).await
        }).await;
        assert_eq!(heads(db, me, Page::first(9)).await, [seen]);
        assert_eq!(narrowed(db, me, Filter { include_filtered: true, ..Filter::default() }, grouped(), Page::first(9)).await, [filtered]);
        let find = |key: &'static str| db.read(move |r| async move { groups::find(&r, me, key).await });
        assert_eq!(find("favourite-1").await.unwrap().id, filtered);
        assert!(find("favourite-2").await.is_none() && find("favourite-3").await.is_none());
        assert_ne!(hidden, seen);
    }

    async fn a_group_tells_how_many_and_who_and_what_part_is_on_the_page(db) {
        let me = db.user().await;
        let (mut fans, mut ids) = (Vec::new(), Vec::new());
        for _ in 0..10 {
            let fan = db.user().await;
            ids.push(notify(db, me, fan, "favourite-1").await);
            fans.insert(0, fan);
        }
        let follow = notify(db, me, fans[0], "follow-1").await;
        let alone = notify(db, me, fans[0], "mention").await;
        let asked = vec![ids[9], follow, alone];
        let (low, high) = (ids[4].0, ids[8].0);
        let wanted = asked.clone();
        let mut totals = db.read(move |r| async move { groups::totals(&r, &wanted, low, high).await }).await;
        totals.sort_by_key(|total| total.head);
        assert_eq!(totals.len(), 2);
        let total = &totals[0];
        assert_eq!((total.head, total.count, total.newest), (ids[9], 9, ids[8]), "what is newer than the page does not count");
        assert_eq!(total.page_min, Some(ids[4]));
        let found = db.read(move |r| async move { notifications::find(&r, me, NotificationId(high)).await }).await.unwrap();
        assert_eq!(total.newest_at, found.created_at);
        assert_eq!((totals[1].head, totals[1].count), (follow, 0));
        let on_page = asked.clone();
        let samples = db.read(move |r| async move { groups::samples(&r, &on_page, high).await }).await;
        let senders: Vec<AccountId> = samples.into_iter().map(|(_, who)| who).collect();
        assert_eq!(senders, fans[1..9], "the newest of the page and before");
        let samples = db.read(move |r| async move { groups::samples(&r, &asked, i64::MAX).await }).await;
        let of = |head: NotificationId| -> Vec<AccountId> { samples.iter().filter(|(id, _)| *id == head).map(|(_, who)| *who).collect() };
        assert_eq!((of(ids[9]), of(follow), of(alone)), (fans[..8].to_vec(), vec![fans[0]], vec![]));
        let newest_first: Vec<i64> = ids.iter().rev().map(|id| id.0).collect();
        pages_both_ways(&newest_first, async |page| {
            let rows = db.read(move |r| async move { groups::senders(&r, me, "favourite-1", &page).await }).await;
            rows.into_iter().map(|(id, _)| id.0).collect()
        }).await;
        let all = db.read(move |r| async move { groups::senders(&r, me, "favourite-1", &Page::first(20)).await }).await;
        assert_eq!(all.into_iter().map(|(_, who)| who).collect::<Vec<_>>(), fans);
    }

    async fn the_greatest_key_is_found_in_a_range_and_a_group_deleted(db) {
        let (me, fan) = (db.user().await, db.user().await);
        for key in ["favourite-100", "favourite-105", "favourite-110", "follow-105"] {
            notify(db, me, fan, key).await;
        }
        let greatest = |first: &'static str, last: &'static str| db.read(move |r| async move { groups::greatest_key(&r, me, first, last).await });
        assert_eq!(greatest("favourite-099", "favourite-109").await.as_deref(), Some("favourite-105"));
        assert_eq!(greatest("favourite-110", "favourite-110").await.as_deref(), Some("favourite-110"));
        assert_eq!(greatest("favourite-111", "favourite-122").await, None);
        db.write(move |tx| async move { groups::delete(&tx, me, "favourite-105").await }).await;
        assert_eq!(greatest("favourite-099", "favourite-109").await.as_deref(), Some("favourite-100"));
        db.write(move |tx| async move { groups::delete(&tx, fan, "favourite-100").await }).await;
        assert_eq!(db.count("notifications").await, 3);
    }
}
