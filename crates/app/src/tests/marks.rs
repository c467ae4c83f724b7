//! Favourites, bookmarks and reblogs: doing each twice is the same as once, and so is undoing it.

use wire::mastodon::Visibility;

use super::problems;
use crate::Page;
use crate::statuses::{bookmark, favourite, marked, reblog};
use crate::stories;
use crate::testing::World;

stories! {
    async fn a_favourite_counts_once_and_tells_the_author(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        bob.favourites(status).await;
        bob.favourites(status).await;
        alice.favourites(status).await;
        world.drain_jobs().await;
        let seen = bob.sees(status).await;
        assert_eq!((seen.favourites_count, seen.favourited), (2, Some(true)));
        assert_eq!(alice.notifications().await, ["favourite from bob"]);
        bob.unfavourites(status).await;
        bob.unfavourites(status).await;
        let seen = bob.sees(status).await;
        assert_eq!((seen.favourites_count, seen.favourited), (1, Some(false)));
        assert!(alice.notifications().await.is_empty());
    }

    async fn a_favourite_taken_back_before_its_job_ran_tells_nobody(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        bob.favourites(status).await;
        bob.unfavourites(status).await;
        world.drain_jobs().await;
        assert!(alice.notifications().await.is_empty());
    }

    async fn favourites_at_the_same_time_are_all_counted(world: World) {
        let mut world = world.with_user("alice").await;
        let status = world.user("alice").posts("hello").await;
        let mut tasks = Vec::new();
        for number in 0..6 {
            let fan = world.add_user(&format!("fan{number}")).await;
            tasks.push(tokio::spawn(async move {
                fan.favourites(status).await;
                fan.favourites(status).await;
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(world.user("alice").sees(status).await.favourites_count, 6);
    }

    async fn a_bookmark_is_private_and_can_be_taken_back(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        bob.bookmarks(status).await;
        bob.bookmarks(status).await;
        world.drain_jobs().await;
        assert_eq!((bob.sees(status).await.bookmarked, alice.sees(status).await.bookmarked), (Some(true), Some(false)));
        assert!(alice.notifications().await.is_empty());
        let listed = || async { marked::bookmarks(&world.app, &bob.viewer().await, Page::first(9)).await.unwrap().shown.len() };
        assert_eq!(listed().await, 1);
        bob.unbookmarks(status).await;
        bob.unbookmarks(status).await;
        assert_eq!((bob.sees(status).await.bookmarked, listed().await), (Some(false), 0));
    }

    async fn a_reblog_counts_once_and_can_be_taken_back(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        let wrapper = bob.reblogs(status).await;
        assert_eq!(bob.reblogs(status).await, wrapper);
        assert_eq!(bob.reblogs(wrapper).await, wrapper, "a reblog of a reblog is one of the original");
        world.drain_jobs().await;
        let seen = bob.sees(wrapper).await;
        assert_eq!((seen.reblog.as_ref().unwrap().id.0, seen.reblogged, seen.reblog.as_ref().unwrap().reblogs_count), (status.0, Some(true), 1));
        assert_eq!((bob.profile().await.statuses_count, alice.notifications().await), (1, vec!["reblog from bob".to_owned()]));
        bob.unreblogs(status).await;
        bob.unreblogs(status).await;
        world.drain_jobs().await;
        let seen = bob.sees(status).await;
        assert_eq!((seen.reblogs_count, seen.reblogged, bob.profile().await.statuses_count), (0, Some(false), 0));
        assert!(alice.notifications().await.is_empty() && !bob.can_see(wrapper).await);
        assert_ne!(bob.reblogs(status).await, wrapper, "and be done anew");
    }

    async fn only_what_is_public_or_ones_own_private_can_be_reblogged(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        bob.follows(&alice).await;
        let (unlisted, private, direct) =
            (alice.posts_as("a", "unlisted").await, alice.posts_as("b", "private").await, alice.posts_as("@bob c", "direct").await);
        bob.reblogs(unlisted).await;
        for status in [private, direct] {
            let tried = reblog::reblog(&world.app, &bob.viewer().await, status, None).await;
            assert_eq!(problems(tried.unwrap_err()), ["error-forbidden"]);
        }
        let own = alice.reblogs(private).await;
        assert_eq!(alice.sees(own).await.visibility, Visibility::Private);
        let wrong = reblog::reblog(&world.app, &bob.viewer().await, unlisted, Some("everyone".into())).await;
        assert_eq!(problems(wrong.unwrap_err()), ["invalid-visibility"]);
    }

    async fn what_cannot_be_seen_cannot_be_marked(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let secret = alice.posts_as("secret", "private").await;
        let viewer = bob.viewer().await;
        assert_eq!(problems(favourite::favourite(&world.app, &viewer, secret).await.unwrap_err()), ["error-not-found"]);
        assert_eq!(problems(favourite::unfavourite(&world.app, &viewer, secret).await.unwrap_err()), ["error-not-found"]);
        assert_eq!(problems(bookmark::bookmark(&world.app, &viewer, secret).await.unwrap_err()), ["error-not-found"]);
        assert_eq!(problems(reblog::unreblog(&world.app, &viewer, secret).await.unwrap_err()), ["error-not-found"]);
        assert_eq!(problems(marked::favourited_by(&world.app, Some(bob.account), secret, Page::first(9)).await.unwrap_err()), ["error-not-found"]);
        assert_eq!(alice.sees(secret).await.favourites_count, 0);
    }

    async fn a_mark_on_what_can_no_longer_be_seen_can_be_taken_back(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        bob.follows(&alice).await;
        let status = alice.posts_as("friends", "private").await;
        bob.favourites(status).await;
        bob.unfollows(&alice).await;
        bob.unfavourites(status).await;
        assert_eq!(alice.sees(status).await.favourites_count, 0);
    }
}
