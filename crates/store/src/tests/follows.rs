//! Follows.

use super::world::{pages_both_ways, plain_follow, sorted, stories};
use crate::follows::{self, Options};

stories! {
    async fn following_twice_changes_the_options_only(db) {
        let (a, b) = (db.account().await, db.account().await);
        let insert = |options: Options| db.write(move |tx| async move { follows::insert(&tx, a, b, &options).await });
        assert!(insert(plain_follow()).await.is_some());
        assert!(insert(Options { show_reblogs: false, notify: true, languages: Some(",en,de,".into()) }).await.is_none());
        let between = db.read(move |r| async move { follows::list_between(&r, a, &[b]).await }).await;
        assert_eq!(between.len(), 1);
        assert_eq!((between[0].show_reblogs, between[0].notify, between[0].languages.as_deref()), (false, true, Some(",en,de,")));
        assert!(insert(plain_follow()).await.is_none());
        let between = db.read(move |r| async move { follows::list_between(&r, a, &[b]).await }).await;
        assert_eq!((between[0].show_reblogs, between[0].notify, between[0].languages.clone()), (true, false, None));
    }

    async fn a_follow_is_of_one_direction_and_ends_once(db) {
        let (a, b) = (db.account().await, db.account().await);
        db.follows(a, b).await;
        let exists = |x, y| db.read(move |r| async move { follows::exists(&r, x, y).await });
        let delete = |x, y| db.write(move |tx| async move { follows::delete(&tx, x, y).await });
        assert!(exists(a, b).await && !exists(b, a).await);
        assert!(!delete(b, a).await);
        assert!(delete(a, b).await);
        assert!(!delete(a, b).await);
        assert!(!exists(a, b).await);
    }

    async fn the_follows_between_a_viewer_and_others_are_listed_both_ways(db) {
        let (viewer, friend, fan, stranger) = (db.account().await, db.account().await, db.account().await, db.account().await);
        for (from, to) in [(viewer, friend), (friend, viewer), (fan, viewer), (fan, friend), (viewer, fan), (stranger, friend)] {
            db.follows(from, to).await;
        }
        let between = db.read(move |r| async move { follows::list_between(&r, viewer, &[friend, fan, stranger]).await }).await;
        let pairs = sorted(between.iter().map(|f| (f.account_id, f.target_account_id)).collect());
        assert_eq!(pairs, sorted(vec![(viewer, friend), (viewer, fan), (friend, viewer), (fan, viewer)]));
    }

    async fn a_follows_id_is_that_of_its_making(db) {
        let (a, b) = (db.account().await, db.account().await);
        let made = db.write(move |tx| async move { follows::insert(&tx, a, b, &plain_follow()).await }).await;
        let find = |x, y| db.read(move |r| async move { follows::find_id(&r, x, y).await });
        assert_eq!((find(a, b).await, find(b, a).await), (made, None));
    }

    async fn a_follow_is_found_by_its_activity_and_its_parties_only(db) {
        let (a, b, c) = (db.account().await, db.account().await, db.account().await);
        let find = |party| db.read(move |r| async move { follows::find_by_uri(&r, "https://a.test/f/1", party).await });
        db.follows(a, b).await;
        assert_eq!(find(a).await, None);
        db.write(move |tx| async move { follows::set_uri(&tx, a, b, "https://a.test/f/1").await }).await;
        assert_eq!((find(a).await, find(b).await, find(c).await), (Some((a, b)), Some((a, b)), None));
        let known = |x, y| db.read(move |r| async move { follows::find(&r, x, y).await });
        assert_eq!(known(a, b).await.unwrap().uri.as_deref(), Some("https://a.test/f/1"));
        assert!(known(b, a).await.is_none());
    }

    async fn who_has_moved_is_known(db) {
        let (a, b) = (db.account().await, db.account().await);
        db.write(move |tx| async move { tx.exec(crate::sql!("UPDATE accounts SET moved_to_account_id = $1 WHERE id = $2"), crate::args![b, a]).await }).await;
        let moved = |x| db.read(move |r| async move { follows::has_moved(&r, x).await });
        assert!(moved(a).await && !moved(b).await);
    }

    async fn all_follows_of_an_account_are_listed_for_its_removal(db) {
        let (me, idol, fan) = (db.account().await, db.account().await, db.account().await);
        for (from, to) in [(me, idol), (fan, idol), (fan, me), (idol, me)] {
            db.follows(from, to).await;
        }
        let list = |limit| db.read(move |r| async move { follows::list_of_account(&r, me, limit).await });
        assert_eq!(list(9).await, [(me, idol), (fan, me), (idol, me)]);
        assert_eq!(list(2).await, [(me, idol), (fan, me)]);
    }

    async fn followers_and_followed_are_paged_by_the_follows_id(db) {
        let me = db.account().await;
        let (mut followers, mut following) = (Vec::new(), Vec::new());
        for _ in 0..7 {
            let (fan, idol) = (db.account().await, db.account().await);
            db.advance(1);
            db.follows(fan, me).await;
            db.follows(me, idol).await;
            db.follows(fan, idol).await;
            followers.insert(0, fan);
            following.insert(0, idol);
        }
        let page = crate::page::Page::first(100);
        let (incoming, outgoing) = db.read(move |r| async move {
            Ok((follows::followers_page(&r, me, None, &page).await?, follows::following_page(&r, me, None, &page).await?))
        }).await;
        assert_eq!(incoming.iter().map(|row| row.1).collect::<Vec<_>>(), followers);
        assert_eq!(outgoing.iter().map(|row| row.1).collect::<Vec<_>>(), following);
        let ids = |rows: Vec<(crate::FollowId, crate::AccountId)>| rows.into_iter().map(|row| row.0.0).collect::<Vec<_>>();
        pages_both_ways(&ids(incoming), async |page| ids(db.read(move |r| async move { follows::followers_page(&r, me, None, &page).await }).await)).await;
        pages_both_ways(&ids(outgoing), async |page| ids(db.read(move |r| async move { follows::following_page(&r, me, None, &page).await }).await)).await;
    }
}
