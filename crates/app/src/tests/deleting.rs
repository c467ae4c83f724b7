//! Deleting a status: gone everywhere, and counted no more.

use crate::statuses::delete::delete;
use crate::statuses::marked;
use crate::stories;
use crate::testing::{HOUR_MS, Person, World};
use crate::timelines::{self, AccountFilter, PublicFilter};
use crate::{Origin, Page};
use store::MediaId;

stories! {
    async fn a_deleted_status_is_gone_everywhere(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        bob.follows(&alice).await;
        let parent = bob.posts("question").await;
        let status = alice.replies(parent, "@bob answer").await;
        bob.favourites(status).await;
        bob.bookmarks(status).await;
        let reblog = bob.reblogs(status).await;
        world.drain_jobs().await;
        assert_eq!(bob.profile().await.statuses_count, 2);

        alice.deletes(status).await;
        for after_its_job in [false, true] {
            if after_its_job {
                world.drain_jobs().await;
            }
            assert!(!alice.can_see(status).await && !bob.can_see(status).await && !bob.can_see(reblog).await);
            assert_eq!(bob.home().await, [parent]);
            assert!(alice.home().await.is_empty());
            let public = crate::timelines::public(&world.app, None, PublicFilter::default(), Page::first(20)).await.unwrap().0;
            assert_eq!(public, [parent]);
            let of_alice = timelines::account(&world.app, None, alice.account, AccountFilter::default(), Page::first(20)).await.unwrap();
            assert!(of_alice.is_empty());
            assert!(super::thread(&world.app, None, parent).await.unwrap().descendants.is_empty());
            assert_eq!(bob.sees(parent).await.replies_count, 0);
            assert_eq!((alice.profile().await.statuses_count, bob.profile().await.statuses_count), (0, 1));
            let viewer = bob.viewer().await;
            assert!(marked::favourites(&world.app, &viewer, Page::first(20)).await.unwrap().marks.is_empty());
            assert!(marked::bookmarks(&world.app, &viewer, Page::first(20)).await.unwrap().marks.is_empty());
            assert!(!bob.notifications().await.iter().any(|n| n.starts_with("mention")), "{:?}", bob.notifications().await);
        }
    }

    async fn a_status_of_somebody_else_cannot_be_deleted(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let status = alice.posts("mine").await;
        let tried = delete(&world.app, &bob.viewer().await, status, false).await;
        assert_eq!(super::problems(tried.unwrap_err()), ["error-not-found"]);
        assert!(alice.can_see(status).await);
        alice.deletes(status).await;
        let again = delete(&world.app, &alice.viewer().await, status, false).await;
        assert_eq!(super::problems(again.unwrap_err()), ["error-not-found"]);
        assert_eq!(alice.profile().await.statuses_count, 0);
    }

    async fn a_deleted_account_takes_its_conversations_along_and_leaves_those_of_others(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let hers = alice.posts_as("@bob hello", "direct").await;
        let his = bob.posts_as("@alice hello", "direct").await;
        let of = async |person: &Person| {
            let account = person.account;
            world.read(move |r| async move { Ok(store::conversations::page(&r, account, &Page::first(20)).await?) }).await
        };
        assert_eq!((of(&alice).await.len(), of(&bob).await.len()), (2, 2));
        let viewer = bob.viewer().await;
        crate::accounts::delete::delete(&world.app, Origin::System, alice.account).await.unwrap();
        world.drain_removal().await;
        let left = of(&bob).await;
        assert_eq!(left.iter().map(|row| row.last_status_id).collect::<Vec<_>>(), [Some(his)]);
        assert!(of(&alice).await.is_empty(), "{hers}");
        let shown = crate::present::conversation::conversations(&world.app, &viewer, left).await.unwrap();
        assert_eq!(shown[0].accounts.iter().map(|account| &*account.username).collect::<Vec<_>>(), ["bob"], "nobody else is left in it");
    }

    async fn pictures_of_a_deleted_status_are_free_for_the_next(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let picture = alice.uploads(&world).await;
        let first = alice.posts_with("look", |draft| draft.media_ids = vec![picture]).await;
        alice.deletes(first).await;
        let second = alice.posts_with("look again", |draft| draft.media_ids = vec![picture]).await;
        world.drain_jobs().await;
        assert_eq!(alice.sees(second).await.carried.media_attachments[0].id.0, picture.0);
    }

    async fn pictures_go_with_a_status_when_that_is_wished(world: World) {
        let world = world.with_user("alice").await;
        let alice = world.user("alice");
        let [kept, taken_out] = [alice.uploads(&world).await, alice.uploads(&world).await];
        let status = alice.posts_with("look", |draft| draft.media_ids = vec![kept, taken_out]).await;
        let change = crate::statuses::edit::Changes { text: Some("look".into()), media_ids: Some(vec![kept]), ..Default::default() };
        crate::statuses::edit::edit(&world.app, &alice.viewer().await, status, change).await.unwrap();
        let file = async |media: MediaId| world.read(move |r| async move { Ok(store::media::file_key(&r, media, "original").await?) }).await;
        let key = file(kept).await.unwrap();
        world.advance(2 * HOUR_MS);
        delete(&world.app, &alice.viewer().await, status, true).await.unwrap();
        world.drain_jobs().await;
        for gone in [kept, taken_out] {
            assert!(world.read(move |r| async move { Ok(store::media::find(&r, gone).await?) }).await.is_none());
            assert_eq!(file(gone).await, None);
        }
        assert_eq!(world.read(move |r| async move { Ok(store::media::find_blob(&r, &key).await?) }).await, None, "nothing serves it");
    }

    async fn answers_outlive_what_they_answered(world: World) {
        let world = world.with_users(["alice", "bob", "carol"]).await;
        let [alice, bob, carol] = world.users(["alice", "bob", "carol"]);
        let parent = alice.posts("question").await;
        let [theirs, own] = [bob.replies(parent, "@alice answer").await, alice.replies(parent, "more").await];
        let below = carol.replies(theirs, "@bob indeed").await;
        world.drain_jobs().await;
        let answered = async |person: &Person, id| {
            let shown = person.sees(id).await;
            (shown.in_reply_to_id.map(|id| id.0), shown.in_reply_to_account_id.map(|id| id.0))
        };
        assert_eq!(answered(&bob, theirs).await, (Some(parent.0), Some(alice.account.0)));
        alice.deletes(parent).await;
        world.drain_jobs().await;
        for (person, id, to) in [(&bob, theirs, &alice), (&alice, own, &alice)] {
            assert_eq!(answered(person, id).await, (None, Some(to.account.0)), "whom it answers is known");
        }
        assert_eq!(answered(&carol, below).await, (Some(theirs.0), Some(bob.account.0)));
        let thread = super::thread(&world.app, None, below).await.unwrap();
        assert_eq!((thread.ancestors, thread.descendants), (vec![theirs], vec![]));

        crate::accounts::delete::delete(&world.app, Origin::System, bob.account).await.unwrap();
        world.drain_removal().await;
        assert_eq!(answered(&carol, below).await.0, None);
    }
}
