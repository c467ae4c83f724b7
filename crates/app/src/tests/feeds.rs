//! What comes into a home feed, and what leaves it.

use store::{ListId, feeds};

use crate::accounts::follow::{Wish, follow};
use crate::bus::Event;
use crate::lists::{edit, members};
use crate::statuses::reblog::reblog;
use crate::stories;
use crate::testing::{DAY_MS, Person, World};
use crate::{App, timelines};

async fn away_for_ten_days(world: &World) {
    world.advance(10 * DAY_MS);
    let app: App = world.app.clone();
    let since = app.active_since();
    world.write(move |tx| async move { Ok(feeds::drop_inactive(&tx, since).await?) }).await;
}

stories! {
    async fn following_brings_the_newest_statuses_and_unfollowing_takes_them_away(world: World) {
        let world = world.with_users(["alice", "bob", "carol"]).await;
        let [alice, bob, carol] = world.users(["alice", "bob", "carol"]);
        let own = alice.posts("mine").await;
        let (public, private) = (bob.posts("hello").await, bob.posts_as("friends", "private").await);
        bob.posts_as("@carol psst", "direct").await;
        let to_carol = carol.posts("hi").await;
        bob.replies(to_carol, "@carol hi").await;
        assert_eq!(alice.home().await, [own]);
        alice.follows(&bob).await;
        assert_eq!(alice.home().await, [private, public, own]);
        let later = bob.posts("later").await;
        assert_eq!(alice.home().await, [later, private, public, own]);
        alice.unfollows(&bob).await;
        assert_eq!(alice.home().await, [own]);
        bob.posts("unseen").await;
        assert_eq!(alice.home().await, [own]);
    }

    async fn counters_follow_a_follow_once(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let counts = || async { (alice.profile().await.following_count, bob.profile().await.followers_count) };
        alice.follows(&bob).await;
        alice.follows(&bob).await;
        assert_eq!(counts().await, (1, 1));
        world.drain_jobs().await;
        assert_eq!(bob.notifications().await, ["follow from alice"]);
        alice.unfollows(&bob).await;
        alice.unfollows(&bob).await;
        assert_eq!(counts().await, (0, 0));
        assert!(bob.notifications().await.is_empty(), "the notification goes with the follow");
    }

    async fn one_cannot_follow_oneself_nor_too_many(world: World) {
        let world = world.with_users(["a1", "a2", "a3", "a4", "a5", "a6", "a7"]).await;
        let me = world.user("a1");
        let own = follow(&world.app, &me.viewer().await, me.account, Wish::default()).await;
        assert_eq!(super::problems(own.unwrap_err()), ["error-follow-self"]);
        for name in ["a2", "a3", "a4", "a5", "a6"] {
            me.follows(&world.user(name)).await;
        }
        let sixth = follow(&world.app, &me.viewer().await, world.user("a7").account, Wish::default()).await;
        assert_eq!(super::problems(sixth.unwrap_err()), ["invalid-follow-limit"]);
        me.follows(&world.user("a2")).await; // changing a follow is no new one
    }

    async fn answers_to_strangers_stay_out_unless_they_are_to_me_or_to_themselves(world: World) {
        let world = world.with_users(["alice", "bob", "carol", "dave"]).await;
        let [alice, bob, carol, dave] = world.users(["alice", "bob", "carol", "dave"]);
        alice.follows(&bob).await;
        alice.follows(&dave).await;
        let (mine, carols, daves) = (alice.posts("mine").await, carol.posts("carols").await, dave.posts("daves").await);
        let to_me = bob.replies(mine, "@alice yes").await;
        bob.replies(carols, "@carol no").await;
        let to_dave = bob.replies(daves, "@dave both followed").await;
        let first = bob.posts("thread").await;
        let to_self = bob.replies(first, "goes on").await;
        assert_eq!(alice.home().await, [to_self, first, to_dave, to_me, daves, mine]);
    }

    async fn a_direct_message_reaches_the_mentioned_alone(world: World) {
        let world = world.with_users(["alice", "bob", "carol"]).await;
        let [alice, bob, carol] = world.users(["alice", "bob", "carol"]);
        alice.follows(&bob).await;
        carol.follows(&bob).await;
        let secret = bob.posts_as("@alice psst", "direct").await;
        assert_eq!(alice.home().await, [secret]);
        assert!(carol.home().await.is_empty());
        assert!(alice.can_see(secret).await && !carol.can_see(secret).await);
    }

    async fn a_status_is_reblogged_into_a_feed_once(world: World) {
        let world = world.with_users(["alice", "bob", "carol", "dave"]).await;
        let [alice, bob, carol, dave] = world.users(["alice", "bob", "carol", "dave"]);
        alice.follows(&bob).await;
        alice.follows(&carol).await;
        let original = dave.posts("hello").await;
        let bobs = bob.reblogs(original).await;
        carol.reblogs(original).await;
        assert_eq!(alice.home().await, [bobs]);
        let carols_own = carol.posts("mine").await;
        bob.reblogs(carols_own).await;
        assert_eq!(alice.home().await, [carols_own, bobs], "the original is there already");
    }

    async fn ones_own_reblog_is_in_ones_own_feed_once(world: World) {
        let world = world.with_users(["alice", "bob", "carol"]).await;
        let [alice, bob, carol] = world.users(["alice", "bob", "carol"]);
        alice.follows(&bob).await;
        let (seen, own, unseen) = (bob.posts("seen").await, alice.posts("own").await, carol.posts("unseen").await);
        for there in [seen, own] {
            alice.reblogs(there).await;
        }
        assert_eq!(alice.home().await, [own, seen], "what is there is not shown again");
        let reblog = alice.reblogs(unseen).await;
        let bobs = bob.reblogs(unseen).await;
        assert_eq!(alice.home().await, [reblog, own, seen]);
        alice.unreblogs(unseen).await;
        world.drain_jobs().await;
        assert_eq!(alice.home().await, [bobs, own, seen], "it gives way to the next");
        alice.reblogs(unseen).await;
        assert_eq!(alice.home().await, [bobs, own, seen]);
        for _ in 0..80 {
            bob.posts("more").await;
        }
        alice.unreblogs(seen).await;
        let late = alice.reblogs(seen).await;
        assert_eq!(alice.home().await[0], late, "it was out of sight");
    }

    async fn reblogs_of_somebody_can_be_left_out(world: World) {
        let world = world.with_users(["alice", "bob", "carol"]).await;
        let [alice, bob, carol] = world.users(["alice", "bob", "carol"]);
        follow(&world.app, &alice.viewer().await, bob.account, Wish { reblogs: Some(false), ..Wish::default() }).await.unwrap();
        let original = carol.posts("hello").await;
        reblog(&world.app, &bob.viewer().await, original, None).await.unwrap();
        let own = bob.posts("mine").await;
        assert_eq!(alice.home().await, [own]);
    }

    async fn many_followers_get_a_status_from_a_job(world: World) {
        let mut world = world.with_user("star").await;
        let star = world.user("star");
        let mut fans = Vec::new();
        // One more than get it in the status's own transaction.
        for number in 0..51 {
            fans.push(world.add_user(&format!("fan{number}")).await);
        }
        for fan in &fans {
            fan.follows(&star).await;
        }
        let status = star.posts("hello all").await;
        world.drain_jobs().await;
        for fan in &fans {
            assert_eq!(fan.home().await, [status], "{}", fan.name);
        }
    }

    async fn a_feed_dropped_while_its_owner_was_away_is_rebuilt_when_they_read_it(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        alice.follows(&bob).await;
        let (before, own) = (bob.posts("before").await, alice.posts("mine").await);
        away_for_ten_days(&world).await;
        let meanwhile = bob.posts("meanwhile").await;
        world.app.tokens.forget_account(alice.account); // nobody is remembered for ten days
        let viewer = alice.viewer().await;
        let first = crate::timelines::home(&world.app, &viewer, crate::Page::first(9)).await.unwrap().0;
        let rebuild = first.rebuilding.unwrap();
        assert!(first.ids.is_empty());
        assert!(!timelines::find_rebuild(&world.app, &viewer, rebuild).await.unwrap().finished);
        world.drain_jobs().await;
        let then = crate::timelines::home(&world.app, &viewer, crate::Page::first(9)).await.unwrap().0;
        assert_eq!((then.ids, then.rebuilding), (vec![meanwhile, own, before], None));
        assert!(timelines::find_rebuild(&world.app, &viewer, rebuild).await.unwrap().finished);
        assert!(timelines::find_rebuild(&world.app, &bob.viewer().await, rebuild).await.is_err(), "another's is none");
    }

    async fn a_feed_dropped_while_its_owner_was_away_is_whole_even_if_they_post_first(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        alice.follows(&bob).await;
        let before = bob.posts("before").await;
        away_for_ten_days(&world).await;
        let meanwhile = bob.posts("meanwhile").await;
        world.app.tokens.forget_account(alice.account); // nobody is remembered for ten days
        let back = alice.posts("I am back").await;
        world.drain_jobs().await;
        assert_eq!(alice.home().await, [back, meanwhile, before]);
    }

    async fn a_list_dropped_while_its_owner_was_away_is_filled_after_home(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        alice.follows(&bob).await;
        let list = list_of(&world, &alice, &[&bob]).await;
        let before = bob.posts("before").await;
        away_for_ten_days(&world).await;
        world.app.tokens.forget_account(alice.account);
        let viewer = alice.viewer().await;
        let feed = || async { timelines::list(&world.app, &viewer, list, crate::Page::first(9)).await.unwrap() };
        assert!(feed().await.is_empty());
        world.drain_jobs().await;
        assert_eq!(feed().await, [before]);
    }

    async fn a_new_status_is_told_to_homes_lists_and_public_streams(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        alice.follows(&bob).await;
        let list = list_of(&world, &alice, &[&bob]).await;
        let mut events = world.app.bus.listen();
        let status = bob.posts("hello").await;
        let mut told = Vec::new();
        while let Ok(event) = events.try_recv() {
            told.push(event);
        }
        let expected = [
            Event::Lists { status, lists: vec![list] },
            Event::Feed { status, accounts: vec![bob.account, alice.account] },
            Event::Posted { status },
        ];
        assert_eq!(told, expected);
        alice.reblogs(status).await;
        while let Ok(event) = events.try_recv() {
            assert!(!matches!(event, Event::Posted { .. }), "a reblog is not posted");
        }
    }

    async fn many_followers_of_a_hashtag_and_many_lists_are_reached_by_jobs(world: World) {
        let mut world = world.with_users(["star", "fan"]).await;
        let [star, fan] = world.users(["star", "fan"]);
        fan.follows(&star).await;
        let mut lists = Vec::new();
        for _ in 0..50 {
            lists.push(list_of(&world, &fan, &[&star]).await);
        }
        star.posts("#cats").await;
        let mut others = Vec::new();
        for number in 0..51 {
            let other = world.add_user(&format!("other{number}")).await;
            crate::tags::follow(&world.app, &other.viewer().await, "Cats").await.unwrap();
            others.push(other);
        }
        let status = star.posts("more #CATS").await;
        world.drain_jobs().await;
        for other in &others {
            assert_eq!(other.home().await, [status], "{}", other.name);
        }
        for list in lists {
            let feed = timelines::list(&world.app, &fan.viewer().await, list, crate::Page::first(9)).await.unwrap();
            assert_eq!(feed[0], status);
        }
        star.deletes(status).await;
        world.drain_jobs().await;
        assert!(others[50].home().await.is_empty());
    }

    async fn a_follower_who_asked_is_told_of_each_new_status(world: World) {
        let world = world.with_users(["alice", "bob", "carol"]).await;
        let [alice, bob, carol] = world.users(["alice", "bob", "carol"]);
        follow(&world.app, &alice.viewer().await, bob.account, Wish { notify: Some(true), ..Wish::default() }).await.unwrap();
        carol.follows(&bob).await;
        let first = bob.posts("hello").await;
        bob.replies(first, "goes on").await;
        bob.replies(carol.posts("hi").await, "@carol hi").await;
        world.drain_jobs().await;
        assert_eq!(alice.notifications().await, ["status from bob", "status from bob"], "not of answers to others");
        assert_eq!(carol.notifications().await, ["mention from bob"]);
    }

    async fn a_reblog_that_is_taken_back_gives_way_to_the_next(world: World) {
        let world = world.with_users(["alice", "bob", "carol", "dave"]).await;
        let [alice, bob, carol, dave] = world.users(["alice", "bob", "carol", "dave"]);
        alice.follows(&bob).await;
        alice.follows(&carol).await;
        let original = dave.posts("hello").await;
        let bobs = bob.reblogs(original).await;
        let carols = carol.reblogs(original).await;
        assert_eq!(alice.home().await, [bobs]);
        bob.unreblogs(original).await;
        world.drain_jobs().await;
        assert_eq!(alice.home().await, [carols]);
        carol.unreblogs(original).await;
        let anew = bob.reblogs(original).await;
        assert_eq!(alice.home().await, [anew], "at once, though the job has not run");
    }

    async fn unfollowing_takes_somebody_out_of_lists(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        alice.follows(&bob).await;
        bob.posts("hello").await;
        let list = list_of(&world, &alice, &[&bob]).await;
        let feed = || async { timelines::list(&world.app, &alice.viewer().await, list, crate::Page::first(9)).await.unwrap() };
        assert_eq!(feed().await.len(), 1);
        alice.unfollows(&bob).await;
        assert!(feed().await.is_empty());
        assert!(members::page(&world.app, &alice.viewer().await, list, crate::Page::first(9)).await.unwrap().is_empty());
    }
}

async fn list_of(world: &World, owner: &Person, of: &[&Person]) -> ListId {
    let viewer = owner.viewer().await;
    let list = edit::create(&world.app, &viewer, edit::Wish { title: Some("friends".into()), ..edit::Wish::default() }).await.unwrap();
    members::add(&world.app, &viewer, list.id, of.iter().map(|person| person.account).collect()).await.unwrap();
    list.id
}
