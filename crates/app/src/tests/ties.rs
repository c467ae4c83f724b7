//! Follows, blocks, marks and votes between people here and people elsewhere, in both directions.

use serde_json::{Value, json};
use store::accounts::NewAccount;
use store::polls::Shape;
use store::{AccountId, PollId, StatusId, accounts, args, polls, sql};
use wire::mastodon as m;

use super::problems;
use crate::accounts::follow::{self, Wish};
use crate::accounts::{block, domain_block, follow_requests};
use crate::federation::budget::Budget;
use crate::federation::incoming::{Inbound, Verdict, receive};
use crate::statuses::poll;
use crate::stories;
use crate::testing::{HOUR_MS, Person, World};
use crate::{Page, present};

/// Somebody of another server.
#[derive(Clone)]
struct Remote {
    account: AccountId,
    uri: String,
}

impl Remote {
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.uri)
    }

    fn inbox(&self) -> String {
        self.at("/inbox")
    }

    fn says(&self, kind: &str, path: &str, object: impl Into<Value>) -> Value {
        json!({ "id": self.at(path), "type": kind, "actor": self.uri, "object": object.into() })
    }
}

impl World {
    async fn meets(&self, name: &'static str, domain: &'static str) -> Remote {
        self.meets_by(name, domain, &format!("https://{domain}/users/{name}")).await
    }

    async fn meets_by(&self, name: &'static str, domain: &'static str, uri: &str) -> Remote {
        let kept = uri.to_owned();
        let account = self
            .write(move |tx| async move {
                let id = AccountId(tx.next_id());
                let inbox = format!("{kept}/inbox");
                let new = NewAccount {
                    id,
                    username: name.into(),
                    domain: domain.into(),
                    uri: kept,
                    url: None,
                    actor_type: 0,
                    display_name: String::new(),
                    locked: false,
                };
                assert!(accounts::insert(&tx, &new).await?);
                tx.exec(sql!("UPDATE accounts SET inbox_url = $1 WHERE id = $2"), args![inbox, id]).await?;
                Ok(id)
            })
            .await;
        Remote { account, uri: uri.to_owned() }
    }

    /// What becomes of an activity that `from` was verified to have sent.
    async fn takes(&self, from: &Remote, activity: Value) -> Verdict {
        let sender = from.account;
        let actor = self.read(move |r| async move { Ok(accounts::find(&r, sender).await?) }).await.unwrap();
        let verdict = receive(&self.app, Inbound { activity, actor, to: None, budget: Budget::default() }).await.unwrap();
        self.drain_jobs().await;
        verdict
    }

    async fn does(&self, from: &Remote, activity: Value) {
        assert_eq!(self.takes(from, activity.clone()).await, Verdict::Done, "{activity}");
    }

    async fn drops(&self, from: &Remote, activity: Value) {
        let verdict = self.takes(from, activity.clone()).await;
        assert!(matches!(verdict, Verdict::Dropped(_)), "{activity}: {verdict:?}");
    }

    /// Activities on their way to somebody's own inbox, in order, without their contexts; then forgotten.
    async fn sent_to(&self, remote: &Remote) -> Vec<Value> {
        let inboxes = json!([remote.inbox()]).to_string();
        let bodies: Vec<String> = self
            .write(move |tx| async move {
                let bodies = tx
                    .column(
                        sql!("SELECT b.body FROM deliveries d JOIN delivery_bodies b ON b.id = d.body_id WHERE d.inboxes = $1 ORDER BY d.id"),
                        args![&inboxes],
                    )
                    .await?;
                tx.exec(sql!("DELETE FROM deliveries WHERE inboxes = $1"), args![&inboxes]).await?;
                Ok(bodies)
            })
            .await;
        let read = |body: &String| {
            let mut body: Value = serde_json::from_str(body).unwrap();
            assert!(body.as_object_mut().unwrap().remove("@context").is_some());
            body
        };
        bodies.iter().map(read).collect()
    }

    /// The actor of somebody here.
    async fn uri_of(&self, person: &Person) -> String {
        self.app.urls().account_uri(person.account)
    }

    fn uri_of_status(&self, author: &Person, id: StatusId) -> String {
        self.app.urls().status_uri(author.account, id)
    }

    /// A status of somebody elsewhere, as its object would be kept; its address.
    async fn keeps_status_of(&self, author: &Remote, visibility: i64) -> (StatusId, String) {
        let id = self.hears(author.account, None).await;
        self.write(move |tx| async move {
            tx.exec(sql!("UPDATE statuses SET local = FALSE, visibility = $1 WHERE id = $2"), args![visibility, id]).await?;
            Ok(())
        })
        .await;
        (id, format!("https://far.test/statuses/{id}"))
    }

    /// A reblog by somebody elsewhere, as its Announce would be kept.
    async fn keeps_reblog_of(&self, account: &Remote, original: StatusId, uri: &str) -> StatusId {
        let (id, uri) = (self.hears(account.account, None).await, uri.to_owned());
        self.write(move |tx| async move {
            tx.exec(
                sql!("UPDATE statuses SET local = FALSE, uri = $1, reblog_of_id = $2, content = '', text = '' WHERE id = $3"),
                args![uri, original, id],
            )
            .await?;
            let delta = store::stats::StatusDelta { reblogs: 1, ..Default::default() };
            Ok(store::stats::add_to_statuses(&tx, vec![(original, delta)]).await?)
        })
        .await;
        id
    }
}

async fn ties(world: &World, person: &Person, other: &Remote) -> m::Relationship {
    present::relationship::relationship(&world.app, &person.viewer().await, other.account).await.unwrap()
}

async fn follows(world: &World, person: &Person, other: &Remote) {
    follow::follow(&world.app, &person.viewer().await, other.account, Wish::default()).await.unwrap();
}

/// Following and followers of somebody here.
async fn counts(person: &Person) -> (i64, i64) {
    let profile = person.profile().await;
    (profile.following_count, profile.followers_count)
}

async fn with_alice(world: World) -> (World, Person, Remote, String) {
    let world = world.with_user("alice").await;
    let (alice, bob) = (world.user("alice"), world.meets("bob", "a.test").await);
    let uri = world.uri_of(&alice).await;
    (world, alice, bob, uri)
}

/// A follow that was asked for here and granted there.
async fn joined(world: &World, person: &Person, other: &Remote) -> String {
    follows(world, person, other).await;
    let follow = world.sent_to(other).await.remove(0);
    let id = follow["id"].as_str().unwrap().to_owned();
    world.does(other, other.says("Accept", "#accepts/1", id.as_str())).await;
    id
}

stories! {
    async fn a_follow_is_granted_and_echoed_with_the_very_id_it_came_with(world: World) {
        let (world, alice, ..) = with_alice(world).await;
        let me = world.uri_of(&alice).await;
        for (n, id) in ["https://wp.test/?follow=1&x=%2F", "https://wp.test/follow-relay/x", "https://wp.test/%E3%81%82?a#b"].into_iter().enumerate() {
            let name = ["one", "two", "three"][n];
            let fan = world.meets_by(name, "wp.test", &format!("https://wp.test/?author={n}")).await;
            world.does(&fan, json!({ "id": id, "type": "Follow", "actor": fan.uri, "object": me })).await;
            let sent = world.sent_to(&fan).await;
            assert_eq!(sent.len(), 1);
            assert_eq!(sent[0]["object"], json!({ "id": id, "type": "Follow", "actor": fan.uri, "object": me }));
            assert_eq!((&sent[0]["type"], &sent[0]["actor"]), (&json!("Accept"), &json!(me)));
            assert!(sent[0]["id"].as_str().unwrap().starts_with(&format!("{me}#accepts/follows/")));
            assert!(ties(&world, &alice, &fan).await.followed_by);
        }
        assert_eq!(counts(&alice).await, (0, 3));
        assert_eq!(alice.notifications().await, ["follow from three@wp.test", "follow from two@wp.test", "follow from one@wp.test"]);
    }

    async fn a_follow_without_an_id_is_answered_under_one_made_for_it(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        world.does(&bob, json!({ "type": "Follow", "actor": bob.uri, "object": { "id": me, "type": "Person" } })).await;
        let sent = world.sent_to(&bob).await;
        assert!(sent[0]["object"]["id"].as_str().unwrap().starts_with(&bob.at("#follows/")));
        assert!(ties(&world, &alice, &bob).await.followed_by);
    }

    async fn each_address_of_an_account_here_can_be_followed(world: World) {
        let (world, alice, bob, _) = with_alice(world).await;
        for uri in ["https://here.test/users/alice", "https://HERE.test:443/@alice", "https://here.test/users/ALICE"] {
            world.does(&bob, bob.says("Follow", "/f/1", uri)).await;
            assert!(ties(&world, &alice, &bob).await.followed_by, "{uri}");
            world.does(&bob, bob.says("Undo", "/f/1/undo", bob.says("Follow", "/f/1", uri))).await;
            assert!(!ties(&world, &alice, &bob).await.followed_by, "{uri}");
        }
        for uri in ["https://here.test/users/nobody", "https://here.test/users/alice#x", "https://here.test/ap/users/0", "https://a.test/users/alice", "nonsense"] {
            world.drops(&bob, bob.says("Follow", "/f/2", uri)).await;
        }
    }

    async fn a_follow_that_comes_again_is_answered_again_and_counts_once(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        for id in ["/f/1", "/f/1", "/f/2"] {
            world.does(&bob, bob.says("Follow", id, me.as_str())).await;
        }
        let accepted: Vec<Value> = world.sent_to(&bob).await.iter().map(|accept| accept["object"]["id"].clone()).collect();
        assert_eq!(accepted, [bob.at("/f/1"), bob.at("/f/1"), bob.at("/f/2")]);
        assert_eq!((counts(&alice).await, alice.notifications().await.len()), ((0, 1), 1));
        world.does(&bob, bob.says("Undo", "/u", bob.at("/f/2"))).await;
        assert_eq!(counts(&alice).await, (0, 0));
    }

    async fn a_locked_account_answers_a_follow_itself(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let carol = world.meets("carol", "a.test").await;
        world.locks(&alice, true).await;
        for fan in [&bob, &carol] {
            for id in ["/f/1", "/f/2"] {
                world.does(fan, fan.says("Follow", id, me.as_str())).await;
            }
            assert!(world.sent_to(fan).await.is_empty());
        }
        assert_eq!(alice.notifications().await, ["follow_request from carol@a.test", "follow_request from bob@a.test"]);
        let waiting = ties(&world, &alice, &bob).await;
        assert!(waiting.requested_by && !waiting.followed_by);
        let viewer = alice.viewer().await;
        let page = follow_requests::list(&world.app, &viewer, Page::first(9)).await.unwrap();
        assert_eq!(page.iter().map(|row| row.1).collect::<Vec<_>>(), [carol.account, bob.account]);
        follow_requests::authorize(&world.app, &viewer, bob.account).await.unwrap();
        follow_requests::reject(&world.app, &viewer, carol.account).await.unwrap();
        world.drain_jobs().await;
        for (fan, kind) in [(&bob, "Accept"), (&carol, "Reject")] {
            let sent = world.sent_to(fan).await;
            assert_eq!(sent.len(), 1);
            assert_eq!((&sent[0]["type"], &sent[0]["object"]["id"]), (&json!(kind), &json!(fan.at("/f/2"))));
        }
        assert_eq!(counts(&alice).await, (0, 1));
        assert!(ties(&world, &alice, &bob).await.followed_by && !ties(&world, &alice, &carol).await.followed_by);
    }

    async fn a_limited_follower_waits_and_all_are_let_in_when_the_account_opens(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let limited = bob.account;
        world.write(move |tx| async move { Ok(tx.exec(sql!("UPDATE accounts SET silenced_at = 1 WHERE id = $1"), args![limited]).await.map(drop)?) }).await;
        world.does(&bob, bob.says("Follow", "/f/1", me.as_str())).await;
        assert!(ties(&world, &alice, &bob).await.requested_by && world.sent_to(&bob).await.is_empty());
        world.write(move |tx| async move { Ok(tx.exec(sql!("UPDATE accounts SET silenced_at = NULL WHERE id = $1"), args![limited]).await.map(drop)?) }).await;
        let account = alice.account;
        world.write(move |tx| async move { follow_requests::authorize_all(&tx, account).await }).await;
        world.drain_jobs().await;
        assert!(ties(&world, &alice, &bob).await.followed_by);
        assert_eq!(world.sent_to(&bob).await[0]["type"], "Accept");
    }

    async fn who_may_not_follow_is_told_so(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let (barred, late) = (world.meets("carol", "bad.test").await, world.meets("dave", "b.test").await);
        let viewer = alice.viewer().await;
        block::block(&world.app, &viewer, bob.account).await.unwrap();
        domain_block::block(&world.app, &viewer, "bad.test").await.unwrap();
        world.drain_jobs().await;
        world.sent_to(&bob).await;
        let refused = async |fan: &Remote, target: &str| {
            world.does(fan, fan.says("Follow", "/f/1", target)).await;
            let sent = world.sent_to(fan).await;
            assert_eq!(sent.len(), 1, "{target}");
            assert_eq!((&sent[0]["type"], &sent[0]["actor"]), (&json!("Reject"), &json!(target)));
            assert_eq!(sent[0]["object"], json!({ "id": fan.at("/f/1"), "type": "Follow", "actor": fan.uri, "object": target }));
        };
        refused(&bob, &me).await;
        refused(&barred, &me).await;
        refused(&late, "https://here.test/actor").await;
        let (account, elsewhere) = (alice.account, bob.account);
        world.write(move |tx| async move {
            Ok(tx.exec(sql!("UPDATE accounts SET moved_to_account_id = $1 WHERE id = $2"), args![elsewhere, account]).await.map(drop)?)
        }).await;
        refused(&late, &me).await;
        let world = world.with_user("carol").await;
        let moved = follow::follow(&world.app, &world.user("carol").viewer().await, account, Wish::default()).await;
        assert_eq!(problems(moved.unwrap_err()), ["error-forbidden"]);
        assert_eq!((counts(&alice).await, alice.notifications().await.len()), ((0, 0), 0));
    }

    async fn following_somebody_elsewhere_waits_for_their_answer_and_theirs_alone(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let evil = world.meets("evil", "evil.test").await;
        follows(&world, &alice, &bob).await;
        follows(&world, &alice, &bob).await;
        let sent = world.sent_to(&bob).await;
        assert_eq!(sent.len(), 1, "asked once");
        let id = sent[0]["id"].as_str().unwrap().to_owned();
        assert!(id.starts_with(&format!("{me}#follows/")));
        assert_eq!(sent[0], json!({ "id": id, "type": "Follow", "actor": me, "object": bob.uri }));
        let waiting = ties(&world, &alice, &bob).await;
        assert!(waiting.requested && !waiting.following && counts(&alice).await == (0, 0));
        let whole = json!({ "id": id, "type": "Follow", "actor": me, "object": bob.uri });
        world.drops(&evil, evil.says("Accept", "#1", id.as_str())).await;
        world.drops(&evil, evil.says("Accept", "#2", whole.clone())).await;
        world.drops(&evil, evil.says("Accept", "#3", json!({ "id": id, "type": "Follow", "actor": me, "object": evil.uri }))).await;
        world.drops(&evil, json!({ "id": evil.at("#4"), "type": "Accept", "actor": bob.uri, "object": whole })).await;
        assert!(!ties(&world, &alice, &bob).await.following && !ties(&world, &alice, &evil).await.following);
        world.does(&bob, bob.says("Accept", "#5", id.as_str())).await;
        let following = ties(&world, &alice, &bob).await;
        assert!(following.following && !following.requested && counts(&alice).await == (1, 0));
        world.drops(&bob, bob.says("Accept", "#5", id.as_str())).await;
        assert!(counts(&alice).await == (1, 0) && alice.notifications().await.is_empty() && world.sent_to(&bob).await.is_empty());
    }

    async fn an_answer_may_hold_the_follow_under_another_address(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let other = world.meets("carol", "a.test").await;
        for (target, kind, follows_now) in [(&bob, "Accept", true), (&other, "Reject", false)] {
            follows(&world, &alice, target).await;
            let rewritten = json!({ "id": "https://a.test/rewritten", "type": "Follow", "actor": me, "object": { "id": target.uri } });
            world.does(target, target.says(kind, "#1", rewritten)).await;
            let now = ties(&world, &alice, target).await;
            assert!(now.following == follows_now && !now.requested);
        }
    }

    async fn private_statuses_are_not_seen_before_the_follow_is_granted(world: World) {
        let (world, alice, bob, _) = with_alice(world).await;
        let world = world.with_user("carol").await;
        let carol = world.user("carol");
        joined(&world, &carol, &bob).await;
        follows(&world, &alice, &bob).await;
        let (private, _) = world.keeps_status_of(&bob, 2).await;
        assert!(carol.can_see(private).await && !alice.can_see(private).await);
        assert!(!alice.home().await.contains(&private));
    }

    async fn a_refusal_ends_what_was_granted(world: World) {
        let (world, alice, bob, _) = with_alice(world).await;
        let evil = world.meets("evil", "evil.test").await;
        let id = joined(&world, &alice, &bob).await;
        world.drops(&evil, evil.says("Reject", "#1", id.as_str())).await;
        world.drops(&bob, bob.says("Reject", "#1", "https://here.test/ap/users/1#follows/9")).await;
        assert!(ties(&world, &alice, &bob).await.following);
        world.does(&bob, bob.says("Reject", "#2", id.as_str())).await;
        let now = ties(&world, &alice, &bob).await;
        assert!(!now.following && !now.requested && counts(&alice).await == (0, 0));
        assert!(world.sent_to(&bob).await.is_empty(), "they know");
        world.drops(&bob, bob.says("Reject", "#2", id.as_str())).await;
    }

    async fn a_grant_taken_back_is_a_wish_again(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let id = joined(&world, &alice, &bob).await;
        let accept = bob.says("Accept", "#accepts/1", json!({ "id": id, "type": "Follow", "actor": me, "object": bob.uri }));
        world.does(&bob, bob.says("Undo", "#u", accept)).await;
        let now = ties(&world, &alice, &bob).await;
        assert!(!now.following && now.requested && counts(&alice).await == (0, 0));
        world.does(&bob, bob.says("Accept", "#accepts/2", id.as_str())).await;
        assert!(ties(&world, &alice, &bob).await.following);
    }

    async fn unfollowing_and_withdrawing_undo_the_follow_that_was_sent(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        for granted in [false, true] {
            let id = if granted {
                joined(&world, &alice, &bob).await
            } else {
                follows(&world, &alice, &bob).await;
                world.sent_to(&bob).await[0]["id"].as_str().unwrap().to_owned()
            };
            follow::unfollow(&world.app, &alice.viewer().await, bob.account).await.unwrap();
            follow::unfollow(&world.app, &alice.viewer().await, bob.account).await.unwrap();
            let sent = world.sent_to(&bob).await;
            assert_eq!(sent.len(), 1);
            assert_eq!((&sent[0]["type"], &sent[0]["actor"]), (&json!("Undo"), &json!(me)));
            assert_eq!(sent[0]["object"], json!({ "id": id, "type": "Follow", "actor": me, "object": bob.uri }));
            let now = ties(&world, &alice, &bob).await;
            assert!(!now.following && !now.requested && counts(&alice).await == (0, 0));
        }
    }

    async fn a_removed_follower_is_told(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        world.does(&bob, bob.says("Follow", "/f/1", me.as_str())).await;
        world.sent_to(&bob).await;
        for _ in 0..2 {
            follow::remove_follower(&world.app, &alice.viewer().await, bob.account).await.unwrap();
        }
        let sent = world.sent_to(&bob).await;
        assert_eq!(sent.len(), 1);
        assert_eq!((&sent[0]["type"], &sent[0]["object"]["id"]), (&json!("Reject"), &json!(bob.at("/f/1"))));
        assert_eq!(counts(&alice).await, (0, 0));
    }

    async fn a_block_is_told_with_the_end_of_both_follows_and_can_be_undone(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let id = joined(&world, &alice, &bob).await;
        world.does(&bob, bob.says("Follow", "/f/1", me.as_str())).await;
        world.sent_to(&bob).await;
        let viewer = alice.viewer().await;
        for _ in 0..2 {
            block::block(&world.app, &viewer, bob.account).await.unwrap();
        }
        let sent = world.sent_to(&bob).await;
        assert_eq!(sent.iter().map(|activity| activity["type"].as_str().unwrap()).collect::<Vec<_>>(), ["Undo", "Reject", "Block"]);
        assert_eq!((&sent[0]["object"]["id"], &sent[1]["object"]["id"], &sent[2]["object"]), (&json!(id), &json!(bob.at("/f/1")), &json!(bob.uri)));
        assert!(sent[2]["id"].as_str().unwrap().starts_with(&format!("{me}#blocks/")));
        assert_eq!(counts(&alice).await, (0, 0));
        for _ in 0..2 {
            block::unblock(&world.app, &viewer, bob.account).await.unwrap();
        }
        let undone = world.sent_to(&bob).await;
        assert_eq!(undone.len(), 1);
        assert_eq!((&undone[0]["type"], &undone[0]["object"]), (&json!("Undo"), &sent[2]));
    }

    async fn a_block_from_elsewhere_parts_both_and_is_undone_by_its_id(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        joined(&world, &alice, &bob).await;
        world.does(&bob, bob.says("Follow", "/f/1", me.as_str())).await;
        let post = alice.posts("hello").await;
        for id in ["/b/1", "/b/2"] {
            world.does(&bob, bob.says("Block", id, me.as_str())).await;
        }
        let now = ties(&world, &alice, &bob).await;
        assert!(now.blocked_by && !now.blocking && !now.following && !now.followed_by);
        assert_eq!(counts(&alice).await, (0, 0));
        assert!(alice.can_see(post).await);
        let again = follow::follow(&world.app, &alice.viewer().await, bob.account, Wish::default()).await;
        assert_eq!(problems(again.unwrap_err()), ["error-forbidden"]);
        world.does(&bob, bob.says("Undo", "/b/2/undo", bob.at("/b/2"))).await;
        assert!(!ties(&world, &alice, &bob).await.blocked_by);
    }

    async fn a_blocked_host_is_told_that_follows_have_ended(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        joined(&world, &alice, &bob).await;
        world.does(&bob, bob.says("Follow", "/f/1", me.as_str())).await;
        world.sent_to(&bob).await;
        domain_block::block(&world.app, &alice.viewer().await, "a.test").await.unwrap();
        world.drain_jobs().await;
        let sent = world.sent_to(&bob).await;
        assert_eq!(sent.iter().map(|activity| activity["type"].as_str().unwrap()).collect::<Vec<_>>(), ["Undo", "Reject"]);
        assert_eq!(counts(&alice).await, (0, 0));
    }

    async fn a_like_is_a_favourite_once_and_only_of_what_its_actor_may_see(world: World) {
        let (world, alice, bob, _) = with_alice(world).await;
        let (public, private) = (alice.posts("hello").await, alice.posts_as("psst", "private").await);
        let (_, theirs) = world.keeps_status_of(&bob, 0).await;
        for _ in 0..2 {
            world.does(&bob, bob.says("Like", "#l/1", world.uri_of_status(&alice, public))).await;
        }
        world.does(&bob, bob.says("Like", "#l/2", format!("https://here.test/@alice/{public}"))).await;
        assert_eq!((alice.sees(public).await.favourites_count, alice.notifications().await), (1, vec!["favourite from bob@a.test".to_owned()]));
        world.drops(&bob, bob.says("Like", "#l/3", world.uri_of_status(&alice, private))).await;
        world.drops(&bob, bob.says("Like", "#l/4", theirs)).await;
        world.drops(&bob, bob.says("Like", "#l/5", "https://here.test/ap/users/1/statuses/2")).await;
        world.drops(&bob, bob.says("Like", "#l/6", "https://far.test/unknown")).await;
        assert_eq!(alice.sees(private).await.favourites_count, 0);
        let (account, fan) = (alice.account, bob.account);
        world.joins(fan, account).await;
        world.does(&bob, bob.says("Like", "#l/7", world.uri_of_status(&alice, private))).await;
        assert_eq!(alice.sees(private).await.favourites_count, 1, "a follower may");
    }

    async fn reactions_of_each_kind_are_favourites_that_remember_their_emoji(world: World) {
        let (world, alice, bob, _) = with_alice(world).await;
        let status = alice.posts("hello").await;
        let object = world.uri_of_status(&alice, status);
        let emoji = json!([{ "type": "Emoji", "id": null, "name": ":blob:", "icon": { "type": "Image", "url": "https://a.test/e.png" } }]);
        let forms = [
            (json!({ "type": "EmojiReact", "content": "🔥" }), "🔥"),
            (json!({ "type": "EmojiReact", "content": ":blob:", "tag": emoji }), ":blob:"),
            (json!({ "type": "Like", "content": "👍", "_misskey_reaction": "👍" }), "👍"),
        ];
        for (n, (mut react, written)) in forms.into_iter().enumerate() {
            react["id"] = bob.at(&format!("#r/{n}")).into();
            react["actor"] = bob.uri.clone().into();
            react["object"] = object.clone().into();
            world.does(&bob, react.clone()).await;
            assert_eq!(alice.sees(status).await.favourites_count, 1);
            let fan = bob.account;
            let kept = world.read(move |r| async move { Ok(store::favourites::find_reaction(&r, fan, status).await?) }).await;
            assert_eq!(kept, Some(Some(written.to_owned())));
            let other = json!({ "type": "EmojiReact", "id": bob.at("#other"), "actor": bob.uri, "object": object, "content": "🦊" });
            world.does(&bob, bob.says("Undo", "#u/other", other)).await;
            assert_eq!(alice.sees(status).await.favourites_count, 1, "another reaction than the one that is kept");
            world.does(&bob, bob.says("Undo", "#u", react)).await;
            assert_eq!((alice.sees(status).await.favourites_count, alice.notifications().await.len()), (0, 0));
        }
    }

    async fn what_was_done_is_undone_whole_or_by_its_id_or_by_what_it_says(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let status = alice.posts("hello").await;
        let object = world.uri_of_status(&alice, status);
        for (n, form) in ["whole", "id", "says"].into_iter().enumerate() {
            let undo = |done: &Value| {
                let mut undone = done.clone();
                if form == "says" {
                    undone["id"] = bob.at(&format!("#unknown/{n}/{}", done["type"].as_str().unwrap())).into();
                }
                bob.says("Undo", "#undo", if form == "id" { done["id"].clone() } else { undone })
            };
            let follow = bob.says("Follow", &format!("#f/{n}"), me.as_str());
            world.does(&bob, follow.clone()).await;
            assert_eq!(counts(&alice).await, (0, 1));
            world.does(&bob, undo(&follow)).await;
            assert_eq!(counts(&alice).await, (0, 0), "{form}");

            world.locks(&alice, true).await;
            let asked = bob.says("Follow", &format!("#q/{n}"), me.as_str());
            world.does(&bob, asked.clone()).await;
            world.does(&bob, undo(&asked)).await;
            assert!(!ties(&world, &alice, &bob).await.requested_by, "{form}");
            world.locks(&alice, false).await;

            let like = bob.says("Like", &format!("#l/{n}"), object.as_str());
            world.does(&bob, like.clone()).await;
            assert_eq!(alice.sees(status).await.favourites_count, 1);
            world.does(&bob, undo(&like)).await;
            assert_eq!(alice.sees(status).await.favourites_count, 0, "{form}");

            let announce = bob.says("Announce", &format!("#a/{n}"), object.as_str());
            let wrapper = world.keeps_reblog_of(&bob, status, announce["id"].as_str().unwrap()).await;
            assert!(alice.sees(status).await.reblogs_count == 1 && alice.can_see(wrapper).await);
            world.does(&bob, undo(&announce)).await;
            assert!(alice.sees(status).await.reblogs_count == 0 && !alice.can_see(wrapper).await, "{form}");

            let block = bob.says("Block", &format!("#b/{n}"), me.as_str());
            world.does(&bob, block.clone()).await;
            assert!(ties(&world, &alice, &bob).await.blocked_by);
            world.does(&bob, undo(&block)).await;
            assert!(!ties(&world, &alice, &bob).await.blocked_by, "{form}");
        }
        assert!(alice.notifications().await.is_empty());
    }

    async fn nobody_undoes_what_another_did(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let (neighbour, evil) = (world.meets("carol", "a.test").await, world.meets("evil", "evil.test").await);
        let status = alice.posts("hello").await;
        let (follow, like) = (bob.says("Follow", "#f", me.as_str()), bob.says("Like", "#l", world.uri_of_status(&alice, status)));
        world.does(&bob, follow.clone()).await;
        world.does(&bob, like.clone()).await;
        for other in [&neighbour, &evil] {
            for done in [&follow, &like] {
                world.drops(other, other.says("Undo", "#u/1", done.clone())).await;
                let mut claimed = done.clone();
                claimed["actor"] = other.uri.clone().into();
                world.takes(other, other.says("Undo", "#u/2", claimed)).await;
                world.takes(other, other.says("Undo", "#u/3", done["id"].clone())).await;
            }
        }
        assert!(counts(&alice).await == (0, 1) && alice.sees(status).await.favourites_count == 1);
        world.does(&bob, bob.says("Follow", "#f/later", me.as_str())).await;
        assert_eq!(counts(&alice).await, (0, 1));
    }

    async fn what_is_undone_before_it_comes_is_dropped_for_six_hours(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let status = alice.posts("hello").await;
        let like = bob.says("Like", "#l", world.uri_of_status(&alice, status));
        let late = [bob.says("Follow", "/follow/9", me.as_str()), like, bob.says("Block", "#b", me.as_str())];
        for (n, original) in late.iter().enumerate() {
            let undone = if n == 0 { original["id"].clone() } else { original.clone() };
            world.does(&bob, bob.says("Undo", "#u", undone)).await;
            world.drops(&bob, original.clone()).await;
        }
        assert!(counts(&alice).await == (0, 0) && alice.sees(status).await.favourites_count == 0 && !ties(&world, &alice, &bob).await.blocked_by);
        assert!(world.sent_to(&bob).await.is_empty());
        world.advance(6 * HOUR_MS);
        world.does(&bob, late[0].clone()).await;
        assert_eq!(counts(&alice).await, (0, 1));
    }

    async fn what_is_not_the_senders_own_is_dropped_unread(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let evil = world.meets("evil", "evil.test").await;
        let follow = bob.says("Follow", "#f", me.as_str());
        let with = |key: &str, value: Value| {
            let mut changed = follow.clone();
            changed[key] = value;
            changed
        };
        world.drops(&bob, with("actor", evil.uri.clone().into())).await;
        world.drops(&bob, with("actor", json!([evil.uri, bob.uri]))).await;
        world.drops(&bob, with("actor", Value::Null)).await;
        for id in ["https://evil.test/1", "https://a.test:8443/1", "http://a.test/1", "https://here.test/1", "1"] {
            world.drops(&bob, with("id", id.into())).await;
        }
        world.drops(&bob, with("id", bob.at(&"x".repeat(3_000)).into())).await;
        world.drops(&bob, with("type", "Travel".into())).await;
        world.drops(&bob, with("object", Value::Null)).await;
        world.drops(&bob, json!({ "type": "Like", "actor": bob.uri, "object": me })).await;
        let account = bob.account;
        world.write(move |tx| async move { Ok(accounts::suspend(&tx, account).await?) }).await;
        world.drops(&bob, follow.clone()).await;
        assert_eq!((counts(&alice).await, alice.notifications().await.len()), ((0, 0), 0));
    }

    async fn a_suspended_actor_can_still_take_back_what_it_did(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        world.does(&bob, bob.says("Follow", "#f", me.as_str())).await;
        let account = bob.account;
        world.write(move |tx| async move { Ok(accounts::suspend(&tx, account).await?) }).await;
        world.does(&bob, bob.says("Undo", "#u", bob.at("#f"))).await;
        assert_eq!(counts(&alice).await, (0, 0));
    }

    async fn a_favourite_of_a_status_from_elsewhere_is_told_to_its_author(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let (status, uri) = world.keeps_status_of(&bob, 0).await;
        for _ in 0..2 {
            alice.favourites(status).await;
        }
        let liked = world.sent_to(&bob).await;
        assert_eq!(liked.len(), 1);
        assert_eq!((&liked[0]["type"], &liked[0]["actor"], &liked[0]["object"]), (&json!("Like"), &json!(me), &json!(uri)));
        assert!(liked[0]["id"].as_str().unwrap().starts_with(&format!("{me}#likes/")));
        for _ in 0..2 {
            alice.unfavourites(status).await;
        }
        let undone = world.sent_to(&bob).await;
        assert_eq!(undone.len(), 1);
        assert_eq!((&undone[0]["type"], &undone[0]["object"]), (&json!("Undo"), &liked[0]));
    }

    async fn a_vote_goes_to_the_polls_author_as_a_note_for_each_choice(world: World) {
        let (world, alice, bob, me) = with_alice(world).await;
        let (status, uri) = world.keeps_status_of(&bob, 0).await;
        let (author, ends) = (bob.account, world.now() + HOUR_MS);
        let id: PollId = world
            .write(move |tx| async move {
                let shape = Shape { options: ["tea", "coffee", "water"].map(str::to_owned).to_vec(), multiple: true, hide_totals: false, expires_at: ends };
                Ok(polls::insert(&tx, status, author, &shape).await?)
            })
            .await;
        poll::vote(&world.app, &alice.viewer().await, id, vec![2, 0]).await.unwrap();
        let sent = world.sent_to(&bob).await;
        let names: Vec<&str> = sent.iter().map(|create| create["object"]["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["tea", "water"]);
        for create in &sent {
            let note = &create["object"];
            let vote = note["id"].as_str().unwrap();
            assert!(vote.starts_with(&format!("{me}#votes/")));
            assert_eq!(*create, json!({
                "id": format!("{vote}/activity"), "type": "Create", "actor": me, "to": bob.uri,
                "object": { "id": vote, "type": "Note", "name": note["name"], "attributedTo": me, "inReplyTo": uri, "to": bob.uri },
            }));
        }
    }

    async fn people_of_one_server_need_no_deliveries(world: World) {
        let world = world.with_users(["alice", "carol"]).await;
        let [alice, carol] = world.users(["alice", "carol"]);
        let status = carol.posts("hello").await;
        alice.follows(&carol).await;
        alice.favourites(status).await;
        alice.unfavourites(status).await;
        alice.unfollows(&carol).await;
        alice.blocks(&carol).await;
        alice.unblocks(&carol).await;
        world.drain_jobs().await;
        let queued: Option<i64> = world.read(|r| async move { Ok(r.value(sql!("SELECT COUNT(*) FROM delivery_bodies"), args![]).await?) }).await;
        assert_eq!(queued, Some(0));
    }
}
