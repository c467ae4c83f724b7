//! Follow requests, and who is told of what somebody posts.

use super::world::{Database, pages_both_ways, plain_follow, sorted, stories};
use crate::follows::{self, Options};
use crate::page::Page;
use crate::statuses::Visibility;
use crate::{AccountId, FollowRequestId, accounts, args, blocks, follow_requests, sql};

impl Database {
    pub async fn asks(&self, account: AccountId, target: AccountId) -> FollowRequestId {
        self.advance(1);
        self.write(move |tx| async move { follow_requests::insert(&tx, account, target, &plain_follow()).await }).await.unwrap()
    }

    /// Follows and wants to be told.
    async fn listens(&self, account: AccountId, target: AccountId, languages: Option<&str>) {
        let options = Options { notify: true, languages: languages.map(str::to_owned), ..plain_follow() };
        self.write(move |tx| async move { follows::insert(&tx, account, target, &options).await }).await.unwrap();
    }
}

stories! {
    async fn asking_twice_changes_the_options_only_and_taking_ends_it(db) {
        let (me, target) = (db.account().await, db.account().await);
        let insert = |options: Options| db.write(move |tx| async move { follow_requests::insert(&tx, me, target, &options).await });
        let find = |x, y| db.read(move |r| async move { follow_requests::find_id(&r, x, y).await });
        let id = insert(plain_follow()).await.unwrap();
        assert!(insert(Options { show_reblogs: false, notify: true, languages: Some(",de,".into()) }).await.is_none());
        assert_eq!((find(me, target).await, find(target, me).await), (Some(id), None));
        let take = |x, y| db.write(move |tx| async move { follow_requests::take(&tx, x, y).await });
        assert!(take(target, me).await.is_none());
        let taken = take(me, target).await.unwrap();
        assert_eq!((taken.id, taken.account_id, taken.target_account_id), (id, me, target));
        assert_eq!((taken.show_reblogs, taken.notify, taken.languages.as_deref()), (false, true, Some(",de,")));
        assert!(take(me, target).await.is_none());
    }

    async fn a_request_is_found_by_its_activity_and_its_parties_only(db) {
        let (a, b, c) = (db.account().await, db.account().await, db.account().await);
        db.asks(a, b).await;
        db.write(move |tx| async move { follow_requests::set_uri(&tx, a, b, "https://a.test/f/1").await }).await;
        let find = |uri: &'static str, party| db.read(move |r| async move { follow_requests::find_by_uri(&r, uri, party).await });
        assert_eq!((find("https://a.test/f/1", a).await, find("https://a.test/f/1", b).await), (Some((a, b)), Some((a, b))));
        assert_eq!((find("https://a.test/f/1", c).await, find("https://a.test/f/2", a).await), (None, None));
        let taken = db.write(move |tx| async move { follow_requests::take(&tx, a, b).await }).await.unwrap();
        assert_eq!(taken.uri.as_deref(), Some("https://a.test/f/1"));
    }

    async fn the_requests_between_a_viewer_and_others_are_listed_both_ways(db) {
        let (me, asked, asking, third) = (db.account().await, db.account().await, db.account().await, db.account().await);
        for (from, to) in [(me, asked), (asking, me), (asked, third)] {
            db.asks(from, to).await;
        }
        let between = db.read(move |r| async move { follow_requests::list_between(&r, me, &[asked, asking, third]).await }).await;
        let pairs = sorted(between.iter().map(|q| (q.account_id, q.target_account_id)).collect());
        assert_eq!(pairs, sorted(vec![(me, asked), (asking, me)]));
    }

    async fn who_asks_is_counted_and_paged_by_the_request(db) {
        let (me, gone) = (db.account().await, db.account().await);
        db.asks(gone, me).await;
        let mut newest_first = Vec::new();
        for _ in 0..6 {
            let fan = db.account().await;
            db.asks(fan, me).await;
            db.asks(me, fan).await;
            newest_first.insert(0, fan);
        }
        db.write(move |tx| async move { accounts::suspend(&tx, gone).await }).await;
        let rows = db.read(move |r| async move { follow_requests::page(&r, me, &Page::first(9)).await }).await;
        assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), newest_first);
        let keys: Vec<i64> = rows.iter().map(|row| row.0.0).collect();
        pages_both_ways(&keys, async |page| {
            db.read(move |r| async move { follow_requests::page(&r, me, &page).await }).await.into_iter().map(|row| row.0.0).collect()
        }).await;
        let count = |limit| db.read(move |r| async move { follow_requests::count(&r, me, limit).await });
        assert_eq!((count(40).await, count(3).await), (7, 3));
    }

    async fn those_who_wait_are_listed_oldest_first_without_limited_ones(db) {
        let (me, first, limited, last) = (db.account().await, db.account().await, db.account().await, db.account().await);
        let mut ids = Vec::new();
        for from in [first, limited, last] {
            ids.push(db.asks(from, me).await);
        }
        db.write(move |tx| async move { tx.exec(sql!("UPDATE accounts SET silenced_at = 1 WHERE id = $1"), args![limited]).await }).await;
        let waiting = |after, limit| db.read(move |r| async move { follow_requests::list_waiting(&r, me, after, limit).await });
        assert_eq!(waiting(FollowRequestId(0), 9).await, [(ids[0], first), (ids[2], last)]);
        assert_eq!(waiting(FollowRequestId(0), 1).await, [(ids[0], first)]);
        assert_eq!(waiting(ids[0], 9).await, [(ids[2], last)]);
    }

    async fn a_removed_account_leaves_no_requests(db) {
        let (me, a, b) = (db.account().await, db.account().await, db.account().await);
        for (from, to) in [(me, a), (a, me), (a, b)] {
            db.asks(from, to).await;
        }
        db.write(move |tx| async move { follow_requests::delete_of_account(&tx, me).await }).await;
        assert_eq!(db.count("follow_requests").await, 1);
    }

    async fn followers_who_asked_for_it_are_told_if_they_would_see_it(db) {
        let author = db.user().await;
        let (plain, all, german, away, blocked) = (db.user().await, db.user().await, db.user().await, db.user().await, db.user().await);
        let anybody = |target| db.read(move |r| async move { follows::has_listeners(&r, target).await });
        db.follows(plain, author).await;
        assert!(!anybody(author).await);
        db.listens(all, author, None).await;
        db.listens(german, author, Some(",de,fr,")).await;
        db.listens(away, author, None).await;
        db.listens(blocked, author, None).await;
        assert!(anybody(author).await && !anybody(all).await);
        db.write(move |tx| async move {
            tx.exec(sql!("UPDATE users SET last_active_at = 1 WHERE account_id = $1"), args![away]).await?;
            blocks::insert(&tx, blocked, author).await
        }).await;
        let listeners = |status, after, limit| db.read(move |r| async move { follows::list_listeners(&r, status, 5, after, limit).await });
        let english = db.posts(author).await;
        assert_eq!(listeners(english, AccountId(0), 9).await, [all]);
        let french = db.posts_with(author, |s| s.language = Some("fr".into())).await;
        assert_eq!(listeners(french, AccountId(0), 9).await, [all, german]);
        assert_eq!(listeners(french, AccountId(0), 1).await, [all]);
        assert_eq!(listeners(french, all, 9).await, [german]);
        let direct = db.posts_with(author, |s| { s.language = None; s.visibility = Visibility::Direct; }).await;
        db.mentions(direct, german, false).await;
        assert_eq!(listeners(direct, AccountId(0), 9).await, [german]);
    }

    async fn familiar_followers_are_those_one_follows_oneself(db) {
        let (me, friend, other, shy) = (db.account().await, db.account().await, db.account().await, db.account().await);
        let (known, newer, unknown, gone) = (db.account().await, db.account().await, db.account().await, db.account().await);
        for fan in [known, unknown, gone, newer] {
            db.advance(1);
            for target in [friend, shy] {
                db.follows(fan, target).await;
            }
        }
        for target in [known, newer, gone, other] {
            db.follows(me, target).await;
        }
        db.write(move |tx| async move {
            tx.exec(sql!("UPDATE accounts SET hide_collections = TRUE WHERE id = $1"), args![shy]).await?;
            accounts::suspend(&tx, gone).await
        }).await;
        let familiar = |limit| db.read(move |r| async move { follows::list_familiar(&r, me, &[friend, other, shy], limit).await });
        assert_eq!(familiar(9).await, [(friend, newer), (friend, known)]);
        assert_eq!(familiar(1).await, [(friend, newer)]);
    }
}
