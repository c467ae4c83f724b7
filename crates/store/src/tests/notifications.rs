//! Notifications.

use super::world::{Database, pages_both_ways, stories};
use crate::notifications::{self, Cause, Filter, Kind, NewNotification};
use crate::page::Page;
use crate::{AccountId, FollowId, NotificationId, StatusId, accounts};

/// A cause of this kind; those of different numbers are different.
pub fn cause(kind: Kind, number: i64) -> Cause {
    match kind {
        Kind::Mention => Cause::Mention(StatusId(number)),
        Kind::Reblog => Cause::Reblog { original: StatusId(1), reblog: StatusId(number) },
        Kind::Follow => Cause::Follow(FollowId(number)),
        _ => Cause::Favourite { status: StatusId(1), favourite: number },
    }
}

fn new(account_id: AccountId, from_account_id: AccountId, kind: Kind, number: i64) -> NewNotification {
    NewNotification { account_id, from_account_id, cause: cause(kind, number) }
}

async fn notify(db: &Database, new: NewNotification) -> Option<NotificationId> {
    db.advance(1);
    db.write(move |tx| async move { notifications::insert(&tx, &new, None).await }).await
}

async fn list(db: &Database, account: AccountId, filter: Filter) -> Vec<NotificationId> {
    let page = db.read(move |r| async move { notifications::page(&r, account, &filter, &Page::first(100)).await }).await;
    page.into_iter().map(|n| n.id).collect()
}

stories! {
    async fn the_same_cause_notifies_once(db) {
        let (me, fan, other) = (db.user().await, db.user().await, db.user().await);
        assert!(notify(db, new(me, fan, Kind::Favourite, 1)).await.is_some());
        assert!(notify(db, new(me, fan, Kind::Favourite, 1)).await.is_none());
        for different in [new(other, fan, Kind::Favourite, 1), new(me, other, Kind::Favourite, 1), new(me, fan, Kind::Reblog, 1), new(me, fan, Kind::Favourite, 2)] {
            assert!(notify(db, different).await.is_some());
        }
    }

    async fn a_notification_comes_back_as_it_was_made_and_to_its_owner_only(db) {
        let (me, fan) = (db.user().await, db.user().await);
        let status = db.posts(me).await;
        let made = NewNotification { account_id: me, from_account_id: fan, cause: Cause::Favourite { status, favourite: 1 } };
        let id = db.write(move |tx| async move { notifications::insert(&tx, &made, Some("favourite-1")).await }).await.unwrap();
        let find = |account| db.read(move |r| async move { notifications::find(&r, account, id).await });
        let found = find(me).await.unwrap();
        assert_eq!((found.id, found.from_account_id, found.kind, found.status_id), (id, fan, Kind::Favourite, Some(status)));
        assert_eq!((found.group_key.as_deref(), found.created_at), (Some("favourite-1"), db.now()));
        assert!(find(fan).await.is_none());
    }

    async fn what_is_taken_back_is_not_notified_any_more(db) {
        let (me, fan) = (db.user().await, db.user().await);
        notify(db, new(me, fan, Kind::Favourite, 1)).await;
        let kept = notify(db, new(me, fan, Kind::Favourite, 2)).await.unwrap();
        db.write(move |tx| async move {
            notifications::retract(&tx, fan, cause(Kind::Favourite, 1), me).await?;
            notifications::retract(&tx, fan, cause(Kind::Reblog, 2), me).await
        }).await;
        assert_eq!(list(db, me, Filter::default()).await, [kept]);
    }

    async fn a_page_is_narrowed_by_kind_and_sender(db) {
        let (me, fan, other) = (db.user().await, db.user().await, db.user().await);
        let favourite = notify(db, new(me, fan, Kind::Favourite, 1)).await.unwrap();
        let mention = notify(db, new(me, other, Kind::Mention, 2)).await.unwrap();
        let follow = notify(db, new(me, fan, Kind::Follow, 3)).await.unwrap();
        let none = Filter::default();
        assert_eq!(list(db, me, none.clone()).await, [follow, mention, favourite]);
        assert_eq!(list(db, me, Filter { kinds: vec![Kind::Mention, Kind::Follow], ..none.clone() }).await, [follow, mention]);
        assert_eq!(list(db, me, Filter { exclude_kinds: vec![Kind::Mention], ..none.clone() }).await, [follow, favourite]);
        assert_eq!(list(db, me, Filter { from: Some(other), ..none.clone() }).await, [mention]);
        assert_eq!(list(db, me, Filter { kinds: vec![Kind::Follow], from: Some(other), ..none.clone() }).await, []);
        assert_eq!(list(db, fan, none).await, []);
    }

    async fn suspended_and_filtered_senders_are_left_out(db) {
        let (me, fan, filtered, suspended) = (db.user().await, db.user().await, db.user().await, db.user().await);
        let seen = notify(db, new(me, fan, Kind::Follow, 1)).await.unwrap();
        let aside = notify(db, new(me, filtered, Kind::Follow, 2)).await.unwrap();
        notify(db, new(me, suspended, Kind::Follow, 3)).await;
        db.write(move |tx| async move {
            crate::testing::hold_back(&tx, aside).await?;
            accounts::suspend(&tx, suspended).await
        }).await;
        assert_eq!(list(db, me, Filter::default()).await, [seen]);
        assert_eq!(list(db, me, Filter { from: Some(filtered), ..Filter::default() }).await, [aside], "unless they are asked for");
        assert_eq!(list(db, me, Filter { include_filtered: true, ..Filter::default() }).await, [aside, seen]);
        let count = |filter: Filter| db.read(move |r| async move { notifications::count_after(&r, me, &filter, 0, 10).await });
        assert_eq!(count(Filter::default()).await, 1);
        assert_eq!(count(Filter { include_filtered: true, ..Filter::default() }).await, 2);
        assert_eq!(count(Filter { from: Some(filtered), ..Filter::default() }).await, 1);
        let found = db.read(move |r| async move { notifications::page(&r, me, &Filter { from: Some(suspended), ..Filter::default() }, &Page::first(9)).await });
        assert!(found.await.is_empty());
    }

    async fn what_is_newer_is_counted_up_to_a_limit(db) {
        let (me, fan) = (db.user().await, db.user().await);
        let mut ids = Vec::new();
        for n in 0..5 {
            ids.push(notify(db, new(me, fan, Kind::Favourite, n)).await.unwrap());
        }
        let count = |after, kind: Option<Kind>, limit| {
            let filter = Filter { kinds: Vec::from_iter(kind), ..Filter::default() };
            db.read(move |r| async move { notifications::count_after(&r, me, &filter, after, limit).await })
        };
        assert_eq!((count(0, None, 10).await, count(0, None, 3).await), (5, 3));
        assert_eq!((count(ids[1].0, None, 10).await, count(ids[4].0, None, 10).await), (3, 0));
        assert_eq!((count(0, Some(Kind::Favourite), 10).await, count(0, Some(Kind::Follow), 10).await), (5, 0));
    }

    async fn a_page_of_one_sender_goes_both_ways(db) {
        let (me, fan, other) = (db.user().await, db.user().await, db.user().await);
        let mut ids = Vec::new();
        for n in 0..7 {
            ids.insert(0, notify(db, new(me, fan, Kind::Favourite, n)).await.unwrap().0);
            notify(db, new(me, other, Kind::Favourite, n)).await;
        }
        pages_both_ways(&ids, async |page| {
            let filter = Filter { from: Some(fan), ..Filter::default() };
            let rows = db.read(move |r| async move { notifications::page(&r, me, &filter, &page).await }).await;
            rows.into_iter().map(|n| n.id.0).collect()
        }).await;
    }

    async fn several_are_dismissed_at_once_but_only_ones_own(db) {
        let (me, fan) = (db.user().await, db.user().await);
        let mut ids = Vec::new();
        for n in 0..3 {
            ids.push(notify(db, new(me, fan, Kind::Favourite, n)).await.unwrap());
        }
        let theirs = notify(db, new(fan, me, Kind::Favourite, 9)).await.unwrap();
        let gone = vec![ids[0], ids[2], theirs];
        db.write(move |tx| async move { notifications::delete_all(&tx, me, &gone).await }).await;
        assert_eq!((list(db, me, Filter::default()).await, list(db, fan, Filter::default()).await), (vec![ids[1]], vec![theirs]));
    }

    async fn a_page_goes_both_ways(db) {
        let (me, fan) = (db.user().await, db.user().await);
        let mut ids = Vec::new();
        for n in 0..7 {
            ids.insert(0, notify(db, new(me, fan, Kind::Favourite, n)).await.unwrap().0);
            notify(db, new(fan, me, Kind::Favourite, n)).await;
        }
        pages_both_ways(&ids, async |page| {
            let rows = db.read(move |r| async move { notifications::page(&r, me, &Filter::default(), &page).await }).await;
            rows.into_iter().map(|n| n.id.0).collect()
        }).await;
    }

    async fn notifications_are_dismissed_by_their_owner(db) {
        let (me, fan) = (db.user().await, db.user().await);
        let id = notify(db, new(me, fan, Kind::Favourite, 1)).await.unwrap();
        notify(db, new(me, fan, Kind::Favourite, 2)).await;
        let theirs = notify(db, new(fan, me, Kind::Favourite, 3)).await.unwrap();
        let delete = |account| db.write(move |tx| async move { notifications::delete(&tx, account, id).await });
        assert!(!delete(fan).await);
        assert!(delete(me).await);
        assert!(!delete(me).await);
        db.write(move |tx| async move { notifications::clear(&tx, me).await }).await;
        assert_eq!((list(db, me, Filter::default()).await, list(db, fan, Filter::default()).await), (vec![], vec![theirs]));
    }

    async fn what_an_account_got_and_caused_goes_with_it(db) {
        let (me, fan, other) = (db.user().await, db.user().await, db.user().await);
        notify(db, new(me, fan, Kind::Favourite, 1)).await;
        notify(db, new(fan, me, Kind::Favourite, 2)).await;
        let kept = notify(db, new(fan, other, Kind::Favourite, 3)).await.unwrap();
        db.write(move |tx| async move { notifications::delete_of_account(&tx, me).await }).await;
        assert_eq!((list(db, me, Filter::default()).await, list(db, fan, Filter::default()).await), (vec![], vec![kept]));
    }
}
