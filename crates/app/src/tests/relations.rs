//! Blocks, mutes, follow requests: what follows from them, at once and by jobs.

use store::StatusId;

use super::problems;
use crate::accounts::follow::{self, Wish};
use crate::accounts::follow_requests::{self, authorize_all};
use crate::accounts::mute::{self, Manner};
use crate::accounts::{block, domain_block};
use crate::queue::{Expire, enqueue};
use crate::statuses::{favourite, reblog};
use crate::stories;
use crate::testing::{HOUR_MS, MINUTE_MS, Person, World};

async fn three(world: World) -> (World, [Person; 3]) {
    let world = world.with_users(["alice", "bob", "carol"]).await;
    let people = world.users(["alice", "bob", "carol"]);
    (world, people)
}

async fn follows_with(world: &World, me: &Person, other: &Person, wish: Wish) {
    follow::follow(&world.app, &me.viewer().await, other.account, wish).await.unwrap();
}

async fn mutes_for(world: &World, me: &Person, other: &Person, seconds: i64) {
    mute::mute(&world.app, &me.viewer().await, other.account, Manner { duration: seconds, ..Manner::default() }).await.unwrap();
}

/// Following and followers, as the profile counts them.
async fn counts(person: &Person) -> (i64, i64) {
    let profile = person.profile().await;
    (profile.following_count, profile.followers_count)
}

stories! {
    async fn a_block_parts_two_people_and_clears_what_was_between_them(world: World) {
        let (world, [alice, bob, carol]) = three(world).await;
        alice.follows(&bob).await;
        bob.follows(&alice).await;
        alice.follows(&carol).await;
        let bobs = bob.posts("@alice hello").await;
        let about = carol.posts("@bob hello").await;
        let passed_on = carol.reblogs(bobs).await;
        let plain = carol.posts("hello").await;
        let own = alice.posts("mine").await;
        bob.favourites(own).await;
        world.drain_jobs().await;
        let mut told = alice.notifications().await;
        told.sort();
        assert_eq!(told, ["favourite from bob", "follow from bob", "mention from bob"]);
        assert!(alice.home().await.contains(&about) && bob.home().await.contains(&own));
        for _ in 0..2 {
            alice.blocks(&bob).await;
            world.drain_jobs().await;
            assert_eq!(alice.home().await, [own, plain], "neither theirs nor what mentions or passes them on: {passed_on}");
            assert!(!bob.home().await.contains(&own));
            assert!(alice.notifications().await.is_empty() && bob.notifications().await.iter().all(|n| !n.contains("alice")));
            assert_eq!((counts(&alice).await, counts(&bob).await), ((1, 0), (0, 0)));
        }
        let (mine, theirs) = (alice.ties_with(&bob).await, bob.ties_with(&alice).await);
        assert!(mine.blocking && !mine.blocked_by && !mine.following && !mine.followed_by);
        assert!(theirs.blocked_by && !theirs.blocking);
        for _ in 0..2 {
            alice.unblocks(&bob).await;
            assert!(!alice.ties_with(&bob).await.blocking && !alice.ties_with(&bob).await.following);
        }
    }

    async fn a_block_ends_requests_both_ways(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        for person in [&alice, &bob] {
            world.locks(person, true).await;
        }
        alice.follows(&bob).await;
        bob.follows(&alice).await;
        world.drain_jobs().await;
        assert_eq!(alice.notifications().await, ["follow_request from bob"]);
        alice.blocks(&bob).await;
        let ties = alice.ties_with(&bob).await;
        assert!(!ties.requested && !ties.requested_by);
        assert!(alice.notifications().await.is_empty() && bob.notifications().await.is_empty());
        let viewer = bob.viewer().await;
        assert_eq!(problems(follow::follow(&world.app, &viewer, alice.account, Wish::default()).await.unwrap_err()), ["error-forbidden"]);
        let viewer = alice.viewer().await;
        assert_eq!(problems(follow::follow(&world.app, &viewer, bob.account, Wish::default()).await.unwrap_err()), ["error-forbidden"]);
        assert!(block::block(&world.app, &viewer, alice.account).await.is_ok() && !alice.ties_with(&alice).await.blocking, "oneself");
    }

    async fn who_is_blocked_cannot_see_answer_or_mark_and_is_not_mentioned(world: World) {
        let (world, [alice, bob, carol]) = three(world).await;
        let (public, own) = (alice.posts("hello").await, bob.posts("hi").await);
        let addressed = alice.posts_as("@bob psst", "direct").await;
        alice.blocks(&bob).await;
        assert!(!bob.can_see(public).await && bob.can_see(addressed).await && carol.can_see(public).await && alice.can_see(own).await);
        let (app, viewer) = (&world.app, bob.viewer().await);
        assert_eq!(problems(favourite::favourite(app, &viewer, public).await.unwrap_err()), ["error-not-found"]);
        assert_eq!(problems(reblog::reblog(app, &viewer, public, None).await.unwrap_err()), ["error-not-found"]);
        let answer = bob.tries_to_post("@alice no", |draft| draft.in_reply_to_id = Some(public)).await;
        assert_eq!(problems(answer.unwrap_err()), ["error-in-reply-to-not-found"]);
        let viewer = alice.viewer().await;
        assert_eq!(problems(favourite::favourite(app, &viewer, own).await.unwrap_err()), ["error-forbidden"], "one's own block");
        assert_eq!(problems(reblog::reblog(app, &viewer, own, None).await.unwrap_err()), ["error-forbidden"]);
        let names = alice.posts("@bob @carol hello").await;
        let mentioned: Vec<String> = alice.sees(names).await.carried.mentions.iter().map(|mention| mention.acct.clone()).collect();
        assert_eq!(mentioned, ["carol"]);
        bob.posts("@alice hello").await;
        world.drain_jobs().await;
        assert!(alice.notifications().await.is_empty() && bob.notifications().await.iter().all(|n| n != "mention from bob"));
    }

    async fn a_mute_hides_until_its_time_has_run_out(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        alice.follows(&bob).await;
        let (own, post) = (alice.posts("mine").await, bob.posts("hello").await);
        mutes_for(&world, &alice, &bob, 3600).await;
        assert!(alice.home().await == [own] && !bob.ties_with(&alice).await.blocked_by);
        assert_eq!(alice.ties_with(&bob).await.muting_expires_at.map(|at| at.0), Some(world.now() + HOUR_MS));
        world.advance(HOUR_MS - 1);
        world.drain_jobs().await;
        assert!(alice.ties_with(&bob).await.muting);
        world.advance(1);
        world.drain_jobs().await;
        assert!(!alice.ties_with(&bob).await.muting);
        assert_eq!(alice.home().await, [post, own], "what was hidden comes back");
    }

    async fn muting_again_moves_the_end(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        mutes_for(&world, &alice, &bob, 60).await;
        mutes_for(&world, &alice, &bob, 600).await;
        world.advance(5 * MINUTE_MS);
        world.drain_jobs().await;
        assert!(alice.ties_with(&bob).await.muting, "the first end is void");
        mutes_for(&world, &alice, &bob, 0).await;
        world.advance(HOUR_MS);
        world.drain_jobs().await;
        let ties = alice.ties_with(&bob).await;
        assert!(ties.muting && ties.muting_expires_at.is_none());
        mutes_for(&world, &alice, &bob, -5).await;
        assert_eq!(alice.ties_with(&bob).await.muting_expires_at, None, "less than nothing is for ever");
        mutes_for(&world, &alice, &bob, i64::MAX).await;
        assert!(alice.ties_with(&bob).await.muting_expires_at.unwrap().0 > world.now(), "a time past all bounds is a long one");
    }

    async fn a_mute_whose_job_is_lost_ends_with_the_next_sweep(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        let (me, other, until) = (alice.account, bob.account, world.now() + 1);
        world.write(move |tx| async move { Ok(store::mutes::put(&tx, me, other, true, Some(until)).await?) }).await;
        for expected in [true, false] {
            world.write(|tx| async move { enqueue(&tx, &Expire {}).await }).await;
            world.drain_jobs().await;
            assert_eq!(alice.ties_with(&bob).await.muting, expected);
            world.advance(1);
        }
    }

    async fn nobody_hears_of_people_they_shut_out(world: World) {
        let (world, [alice, bob, carol]) = three(world).await;
        let own = alice.posts("hello").await;
        alice.mutes(&bob).await;
        bob.favourites(own).await;
        bob.reblogs(own).await;
        bob.posts("@alice hello").await;
        bob.follows(&alice).await;
        let bobs = bob.posts("hello").await;
        carol.replies(bobs, "@bob @alice look").await;
        world.drain_jobs().await;
        assert!(alice.notifications().await.is_empty(), "not even of a mention beside somebody muted");
        mute::mute(&world.app, &alice.viewer().await, bob.account, Manner { notifications: false, duration: 0 }).await.unwrap();
        bob.posts("@alice hello again").await;
        carol.posts("@alice hello").await;
        world.drain_jobs().await;
        let mut told = alice.notifications().await;
        told.sort();
        assert_eq!(told, ["mention from bob", "mention from carol"]);
        let thread = world.read(move |r| async move { Ok(store::statuses::find(&r, own).await?.unwrap().conversation_id) }).await;
        let me = alice.account;
        world.write(move |tx| async move {
            let sql = store::sql!("INSERT INTO conversation_mutes (account_id, conversation_id) VALUES ($1, $2)");
            Ok(tx.exec(sql, store::args![me, thread]).await.map(drop)?)
        }).await;
        carol.replies(own, "@alice in the muted thread").await;
        carol.favourites(own).await;
        world.drain_jobs().await;
        assert_eq!(alice.notifications().await.len(), 2, "nor of a muted conversation");
    }

    async fn a_locked_account_answers_who_asks(world: World) {
        let (world, [alice, bob, carol]) = three(world).await;
        world.locks(&alice, true).await;
        let private = alice.posts_with("hallo", |draft| (draft.visibility, draft.language) = (Some("private".into()), Some("de".into()))).await;
        follows_with(&world, &bob, &alice, Wish { notify: Some(true), reblogs: Some(false), languages: Some(vec!["de".into()]) }).await;
        carol.follows(&alice).await;
        world.drain_jobs().await;
        let mut told = alice.notifications().await;
        told.sort();
        assert_eq!(told, ["follow_request from bob", "follow_request from carol"]);
        let asked = bob.ties_with(&alice).await;
        assert!(asked.requested && !asked.following && asked.notifying && !asked.showing_reblogs);
        assert!(alice.ties_with(&bob).await.requested_by && !bob.can_see(private).await);
        assert_eq!(counts(&alice).await, (0, 0));
        let (app, viewer) = (&world.app, alice.viewer().await);
        follow_requests::authorize(app, &viewer, bob.account).await.unwrap();
        follow_requests::reject(app, &viewer, carol.account).await.unwrap();
        world.drain_jobs().await;
        assert_eq!(alice.notifications().await, ["follow from bob"]);
        let ties = bob.ties_with(&alice).await;
        assert!(!ties.requested && ties.following && ties.notifying && !ties.showing_reblogs);
        assert_eq!(ties.languages, Some(vec!["de".to_owned()]));
        assert_eq!((counts(&alice).await, bob.home().await), ((0, 1), vec![private]));
        assert!(!carol.ties_with(&alice).await.requested);
        for answer in [follow_requests::authorize(app, &viewer, carol.account).await, follow_requests::reject(app, &viewer, bob.account).await] {
            assert_eq!(problems(answer.unwrap_err()), ["error-not-found"]);
        }
    }

    async fn a_request_is_changed_and_withdrawn(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        world.locks(&alice, true).await;
        bob.follows(&alice).await;
        follows_with(&world, &bob, &alice, Wish { notify: Some(true), ..Wish::default() }).await;
        assert!(bob.ties_with(&alice).await.notifying && bob.ties_with(&alice).await.requested);
        bob.unfollows(&alice).await;
        world.drain_jobs().await;
        assert!(!bob.ties_with(&alice).await.requested && alice.notifications().await.is_empty());
    }

    async fn whoever_is_limited_asks_even_open_accounts(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        world.limits(&bob).await;
        bob.follows(&alice).await;
        assert!(bob.ties_with(&alice).await.requested && !bob.ties_with(&alice).await.following);
    }

    async fn an_account_that_opens_lets_in_all_who_wait_but_limited_ones(world: World) {
        let mut world = world.with_user("alice").await;
        let alice = world.user("alice");
        world.locks(&alice, true).await;
        let mut fans = Vec::new();
        for n in 0..25 {
            let fan = world.add_user(&format!("fan{n}")).await;
            fan.follows(&alice).await;
            fans.push(fan);
        }
        world.limits(&fans[3]).await;
        let account = alice.account;
        world.write(move |tx| async move { authorize_all(&tx, account).await }).await;
        world.drain_jobs().await;
        assert_eq!(counts(&alice).await, (0, 0), "still locked");
        world.locks(&alice, false).await;
        world.write(move |tx| async move { authorize_all(&tx, account).await }).await;
        world.drain_jobs().await;
        assert_eq!(counts(&alice).await, (0, 24));
        assert!(fans[3].ties_with(&alice).await.requested && fans[24].ties_with(&alice).await.following);
        assert!(alice.notifications().await.iter().all(|n| !n.starts_with("follow from")), "nobody is told of those");
    }

    async fn followers_who_asked_for_it_hear_of_posts_but_not_of_answers_and_reblogs(world: World) {
        let (world, [alice, bob, carol]) = three(world).await;
        follows_with(&world, &alice, &bob, Wish { notify: Some(true), ..Wish::default() }).await;
        carol.follows(&bob).await;
        let first = bob.posts("hello").await;
        bob.replies(first, "and more").await;
        let carols = carol.posts("hi").await;
        bob.replies(carols, "@carol hi").await;
        bob.reblogs(carols).await;
        bob.posts_as("@carol psst", "direct").await;
        world.drain_jobs().await;
        assert_eq!(alice.notifications().await, ["status from bob", "status from bob"]);
        assert!(carol.notifications().await.iter().all(|n| !n.starts_with("status")));
        follows_with(&world, &alice, &bob, Wish { notify: Some(false), ..Wish::default() }).await;
        bob.posts("unheard").await;
        world.drain_jobs().await;
        assert_eq!(alice.notifications().await.len(), 2);
    }

    async fn blocking_a_host_ends_all_ties_with_it_in_batches(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let idol = world.stranger("idol", "far.test").await;
        let near = world.stranger("near", "near.test").await;
        for target in [idol, near] {
            world.joins(alice.account, target).await;
        }
        for n in 0..60 {
            let fan = world.stranger(Box::leak(format!("fan{n}").into_boxed_str()), "far.test").await;
            world.joins(fan, alice.account).await;
        }
        world.joins(bob.account, idol).await;
        let (far_post, near_post): (StatusId, StatusId) = (world.hears(idol, None).await, world.hears(near, None).await);
        assert_eq!(alice.home().await, [near_post, far_post]);
        let viewer = alice.viewer().await;
        assert_eq!(domain_block::preview(&world.app, &viewer, "FAR.test").await.unwrap(), (1, 60));
        for _ in 0..2 {
            domain_block::block(&world.app, &viewer, "FAR.test").await.unwrap();
            world.drain_jobs().await;
            assert_eq!((counts(&alice).await, alice.home().await), ((1, 0), vec![near_post]));
        }
        assert_eq!((counts(&bob).await, bob.home().await), ((1, 0), vec![far_post]), "for oneself alone");
        let again = follow::follow(&world.app, &viewer, idol, Wish::default()).await;
        assert_eq!(problems(again.unwrap_err()), ["error-forbidden"]);
        for _ in 0..2 {
            domain_block::unblock(&world.app, &viewer, "far.TEST").await.unwrap();
        }
        follow::follow(&world.app, &viewer, idol, Wish::default()).await.unwrap();
        for wrong in ["a b", "https://far.test", ""] {
            assert_eq!(problems(domain_block::block(&world.app, &viewer, wrong).await.unwrap_err()).len(), 1, "{wrong}");
        }
    }

    async fn a_follower_is_removed_without_their_doing(world: World) {
        let (world, [alice, bob, _]) = three(world).await;
        bob.follows(&alice).await;
        alice.posts("hello").await;
        for _ in 0..2 {
            follow::remove_follower(&world.app, &alice.viewer().await, bob.account).await.unwrap();
            assert_eq!((counts(&alice).await, counts(&bob).await), ((0, 0), (0, 0)));
            assert!(bob.home().await.is_empty());
        }
    }
}
