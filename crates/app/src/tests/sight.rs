//! Who may see, pass on and mention what: each with the one who may not.

use store::audit_log::Origin as Cause;
use store::{RoleId, StatusId, domain_blocks, statuses};

use super::problems;
use super::statuses_of_others::Neighbours;
use crate::accounts::modify::{Change, modify};
use crate::accounts::{block, domain_block};
use crate::instance::change_setting;
use crate::permissions::Permission;
use crate::settings::FeedAccess;
use crate::statuses::poll::{self, PollDraft};
use crate::statuses::{favourite, reblog};
use crate::testing::{Person, World};
use crate::timelines::Origin;
use crate::timelines::access::{Access, Sides, Topic};
use crate::{Error, stories};

async fn reblogs(world: &World, person: &Person, status: StatusId) -> Result<StatusId, Error> {
    reblog::reblog(&world.app, &person.viewer().await, status, None).await
}

/// Asks for a timeline: an origin, `None` for an empty one, or an error.
async fn asks(world: &World, who: Option<&Person>, topic: Topic, sides: Sides) -> Result<Option<Origin>, Error> {
    let viewer = match who {
        Some(person) => Some(person.viewer().await),
        None => None,
    };
    Ok(Access::of(&world.app.settings, topic, sides, viewer.as_ref())?.origin())
}

stories! {
    async fn a_reblog_is_seen_by_who_may_see_both(world: World) {
        let world = world.with_users(["alice", "bob", "carol"]).await;
        let [alice, bob, carol] = world.users(["alice", "bob", "carol"]);
        let original = alice.posts("hello").await;
        let wrapper = bob.reblogs(original).await;
        assert!(carol.can_see(wrapper).await);
        alice.blocks(&carol).await;
        assert!(!carol.can_see(original).await && !carol.can_see(wrapper).await, "the original is hidden");
        alice.unblocks(&carol).await;
        bob.blocks(&carol).await;
        assert!(carol.can_see(original).await && !carol.can_see(wrapper).await, "the reblog is hidden");
        for status in [wrapper, original] {
            let marked = favourite::favourite(&world.app, &carol.viewer().await, status).await;
            assert_eq!(marked.is_ok(), status == original);
        }
    }

    async fn nobody_passes_on_what_is_not_for_everybody(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        bob.follows(&alice).await;
        for (visibility, by_author, by_follower) in [("public", true, true), ("unlisted", true, true), ("private", true, false), ("direct", false, false)] {
            let status = alice.posts_as("hello @bob", visibility).await;
            assert!(bob.can_see(status).await);
            assert_eq!(reblogs(&world, &bob, status).await.is_ok(), by_follower, "{visibility}, by a follower");
            assert_eq!(reblogs(&world, &alice, status).await.is_ok(), by_author, "{visibility}, by its author");
        }
    }

    async fn nobody_marks_or_passes_on_what_somebody_they_block_wrote(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let status = alice.posts("hello").await;
        bob.blocks(&alice).await;
        assert!(bob.can_see(status).await);
        let marked = favourite::favourite(&world.app, &bob.viewer().await, status).await;
        assert_eq!(problems(marked.unwrap_err()), ["error-forbidden"]);
        assert_eq!(problems(reblogs(&world, &bob, status).await.unwrap_err()), ["error-forbidden"]);
        bob.unblocks(&alice).await;
        bob.favourites(status).await;
        bob.reblogs(status).await;
    }

    async fn nobody_votes_across_a_block_though_they_see_the_poll(world: World) {
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        let status = alice.posts_with("@bob?", |draft| {
            draft.visibility = Some("direct".into());
            draft.poll = Some(PollDraft { options: vec!["a".into(), "b".into()], expires_in: Some(3600), multiple: false, hide_totals: false });
        }).await;
        let id = world.read(move |r| async move { Ok(statuses::find(&r, status).await?.unwrap().poll_id.unwrap()) }).await;
        let votes = async |choice: i64| poll::vote(&world.app, &bob.viewer().await, id, vec![choice]).await;
        for (blocker, blocked) in [(&alice, &bob), (&bob, &alice)] {
            blocker.blocks(blocked).await;
            assert!(bob.can_see(status).await, "a message that was sent to them");
            assert_eq!(problems(votes(0).await.unwrap_err()), ["error-forbidden"]);
            blocker.unblocks(blocked).await;
        }
        for choice in [-1, 2, 3] {
            assert_eq!(problems(votes(choice).await.unwrap_err()), ["invalid-vote-choice"], "{choice}");
        }
        votes(1).await.unwrap();
        assert_eq!(problems(votes(0).await.unwrap_err()), ["invalid-vote-twice"]);
    }

    async fn nobody_mentions_whom_they_block_or_whose_host(near: Neighbours) {
        let (alice, handle) = (near.alice(), format!("@{}@{}", near.bob.username, near.bob.domain));
        let bob = near.knows(&near.bob).await.id;
        let mentioned = async || {
            let status = alice.posts(&format!("hello {handle}")).await;
            near.world.drain_jobs().await;
            near.mentions(status).await.iter().any(|(account, _)| *account == bob)
        };
        assert!(mentioned().await);
        let viewer = alice.viewer().await;
        block::block(&near.world.app, &viewer, bob).await.unwrap();
        assert!(!mentioned().await, "blocked");
        block::unblock(&near.world.app, &viewer, bob).await.unwrap();
        assert!(mentioned().await);
        // A name with a port, which a person cannot block.
        let (me, host) = (alice.account, near.bob.domain.clone());
        near.world.write(move |tx| async move { Ok(domain_blocks::insert(&tx, me, &host).await.map(drop)?) }).await;
        assert!(!mentioned().await, "the host is blocked");
        let host = near.bob.domain.clone();
        near.world.write(move |tx| async move { Ok(domain_blocks::delete(&tx, me, &host).await?) }).await;
        domain_block::block(&near.world.app, &viewer, "other.test").await.unwrap();
        assert!(mentioned().await, "another host is");
    }

    async fn a_role_allows_what_it_says_from_the_next_request_on(world: World) {
        let world = world.with_users(["alice"]).await;
        let [alice] = world.users(["alice"]);
        let may = async |permission| alice.viewer().await.require(permission).map_err(problems);
        let forbidden = Err(vec!["error-forbidden"]);
        let roles = [(None, false, false), (Some(1), true, false), (Some(3), true, true), (None, false, false)];
        for (role, moderates, administers) in roles {
            modify(&world.app, Cause::Cli, alice.account, Change { role: Some(role.map(RoleId)), ..Change::default() }).await.unwrap();
            assert_eq!(may(Permission::ManageReports).await, if moderates { Ok(()) } else { forbidden.clone() }, "{role:?}");
            assert_eq!(may(Permission::ManageWebhooks).await, if administers { Ok(()) } else { forbidden.clone() }, "{role:?}");
            assert_eq!(may(Permission::InviteUsers).await, Ok(()), "as everybody may");
        }
    }

    async fn public_timelines_are_for_whom_the_settings_say(world: World) {
        use FeedAccess::{Authenticated, Disabled, Public};
        const MODERATOR: RoleId = RoleId(1);
        let world = world.with_users(["alice", "bob"]).await;
        let [alice, bob] = world.users(["alice", "bob"]);
        modify(&world.app, Cause::Cli, bob.account, Change { role: Some(Some(MODERATOR)), ..Change::default() }).await.unwrap();
        let set = async |name, value: FeedAccess| {
            change_setting::set(&world.app, Cause::Cli, name, format!("{value:?}").to_lowercase()).await.unwrap();
        };
        for (here, there) in [Public, Authenticated, Disabled].iter().flat_map(|here| [Public, Authenticated, Disabled].map(|there| (*here, there))) {
            set("local_live_feed_access", here).await;
            set("remote_live_feed_access", there).await;
            // The other way round, so that neither stands for the other.
            set("local_topic_feed_access", there).await;
            set("remote_topic_feed_access", here).await;
            for (topic, here, there) in [(Topic::Live, here, there), (Topic::Hashtag, there, here)] {
                for (local, remote) in [(false, false), (true, false), (false, true), (true, true)] {
                    for who in [None, Some(&alice), Some(&bob)] {
                        let sees = |access| match access {
                            Public => true,
                            Authenticated => who.is_some(),
                            Disabled => who.is_some_and(|person| person.name == bob.name),
                        };
                        let expected = match (sees(here) && (local || !remote), sees(there) && (remote || !local)) {
                            (true, true) => Some(Origin::Everywhere),
                            (true, false) => Some(Origin::Local),
                            (false, true) => Some(Origin::Remote),
                            (false, false) => None,
                        };
                        let asked_of = if local { here == Public } else { there == Public && (remote || here == Public) };
                        let case = format!("{topic:?} {here:?} {there:?} {local} {remote} {:?}", who.map(|person| &person.name));
                        match asks(&world, who, topic, Sides { local, remote }).await {
                            Ok(origin) => assert!(origin == expected && (asked_of || who.is_some()), "{case}: {origin:?}"),
                            Err(error) => assert!(!asked_of && who.is_none() && problems(error) == ["error-user-required"], "{case}"),
                        }
                    }
                }
            }
        }
    }
}
