//! Who may say what between servers: each act tried by everybody who may not, above all by somebody else of the same
//! server, whose origin is right.

use serde_json::{Value, json};
use store::{AccountId, StatusId, accounts, args, follow_requests, pins, sql};
use wire::activity::PUBLIC;

use super::statuses_of_others::Neighbours;
use crate::accounts::block;
use crate::accounts::follow::{self, Wish};
use crate::accounts::register::{Registration, register};
use crate::federation::budget::Budget;
use crate::federation::domains::{self, Block, Severity};
use crate::federation::incoming::{Inbound, Verdict, receive};
use crate::statuses::poll::PollDraft;
use crate::testing::{Answer, Person, RemotePerson, registration};
use crate::{Origin, present, stories};

/// Pinned statuses of one account.
const PINS_MAX: usize = 20;

impl Neighbours {
    /// Somebody else on bob's server, and somebody on another one.
    fn strangers(&self) -> [RemotePerson; 2] {
        [self.others.person("a", "dave"), self.others.person("b", "eve")]
    }

    /// Follows and requests between somebody here and somebody elsewhere: follows, asks, is followed, is asked.
    async fn between(&self, person: &Person, other: &RemotePerson) -> [bool; 4] {
        let (viewer, other) = (person.viewer().await, self.knows(other).await.id);
        let ties = present::relationship::relationship(&self.world.app, &viewer, other).await.unwrap();
        [ties.following, ties.requested, ties.followed_by, ties.requested_by]
    }

    /// Asks to follow; the address of the Follow.
    async fn asks(&self, person: &Person, target: &RemotePerson) -> String {
        let (viewer, account, target) = (person.viewer().await, person.account, self.knows(target).await.id);
        follow::follow(&self.world.app, &viewer, target, Wish::default()).await.unwrap();
        self.world.drain_jobs().await;
        let request = self.world.read(move |r| async move { Ok(follow_requests::list_between(&r, account, &[target]).await?) }).await;
        request[0].uri.clone().unwrap()
    }

    /// Says where its pinned statuses are; the address.
    async fn features(&self, person: &RemotePerson) -> String {
        let featured = person.at("/featured");
        let mut actor = person.actor();
        actor["featured"] = featured.clone().into();
        self.does(person, person.activity("Update", "/update", actor)).await;
        featured
    }

    async fn pins(&self, person: &RemotePerson) -> i64 {
        let account = self.knows(person).await.id;
        self.world.read(move |r| async move { Ok(pins::count(&r, account).await?) }).await
    }

    async fn set(&self, account: AccountId, change: &'static str) {
        self.world
            .write(move |tx| async move {
                match change {
                    "suspended" => accounts::suspend(&tx, account).await?,
                    _ => tx.exec(sql!("UPDATE accounts SET silenced_at = NULL WHERE id = $1"), args![account]).await.map(drop)?,
                }
                Ok(())
            })
            .await;
    }
}

fn without_id(mut activity: Value) -> Value {
    activity.as_object_mut().unwrap().remove("id");
    activity
}

stories! {
    async fn nobody_but_the_one_asked_answers_a_follow_request(near: Neighbours) {
        let (carol, [dave, eve]) = (near.carol(), near.strangers());
        near.world.locks(&carol, true).await;
        let follow = near.bob.activity("Follow", "/f/1", near.uri(&carol));
        near.does(&near.bob, follow.clone()).await;
        let waiting = [false, false, false, true];
        assert_eq!(near.between(&carol, &near.bob).await, waiting);
        for sender in [&near.bob, &dave, &eve] {
            for object in [follow["id"].clone(), follow.clone(), without_id(follow.clone())] {
                for kind in ["Accept", "Reject"] {
                    near.drops(sender, sender.activity(kind, "/answer", object.clone())).await;
                    near.drops(sender, without_id(sender.activity(kind, "/answer", object.clone()))).await;
                }
            }
        }
        assert_eq!(near.between(&carol, &near.bob).await, waiting, "above all not who asked");
        assert_eq!(carol.profile().await.followers_count, 0);
    }

    async fn an_answer_is_to_what_its_sender_was_asked(near: Neighbours) {
        let (carol, [dave, eve]) = (near.carol(), near.strangers());
        let (to_bob, to_dave) = (near.asks(&carol, &near.bob).await, near.asks(&carol, &dave).await);
        let asked = [false, true, false, false];
        let whole = |id: &str, target: &RemotePerson| json!({ "id": id, "type": "Follow", "actor": near.uri(&carol), "object": target.uri });
        for (sender, object) in [
            (&dave, json!(to_bob)),
            (&dave, whole(&to_bob, &near.bob)),
            (&dave, without_id(whole(&to_bob, &near.bob))),
            (&near.bob, without_id(whole(&to_dave, &dave))),
            (&near.bob, json!(to_dave)),
            (&eve, json!(to_bob)),
            (&eve, whole(&to_bob, &eve)),
            (&near.bob, json!({ "type": "Like", "actor": near.uri(&carol), "object": near.bob.uri })),
        ] {
            for kind in ["Accept", "Reject"] {
                near.drops(sender, sender.activity(kind, "/answer", object.clone())).await;
            }
        }
        for target in [&near.bob, &dave] {
            assert_eq!(near.between(&carol, target).await, asked);
        }
        near.does(&near.bob, near.bob.activity("Accept", "/answer", to_bob.as_str())).await;
        let granted = [true, false, false, false];
        for sender in [&dave, &eve] {
            for object in [json!(to_bob), whole(&to_bob, &near.bob)] {
                near.drops(sender, sender.activity("Reject", "/answer", object.clone())).await;
                near.arrives(sender, sender.activity("Undo", "/undo", json!({ "type": "Accept", "actor": near.bob.uri, "object": object }))).await;
                near.arrives(sender, sender.activity("Undo", "/undo", json!({ "type": "Accept", "actor": sender.uri, "object": object }))).await;
            }
        }
        assert_eq!(near.between(&carol, &near.bob).await, granted);
        assert_eq!(near.between(&carol, &dave).await, asked);
    }

    async fn a_follower_takes_back_neither_its_grant_nor_the_follow_of_others(near: Neighbours) {
        let (carol, [dave, _]) = (near.carol(), near.strangers());
        let follow = near.bob.activity("Follow", "/f/1", near.uri(&carol));
        near.does(&near.bob, follow.clone()).await;
        let followed = [false, false, true, false];
        for sender in [&near.bob, &dave] {
            for object in [follow["id"].clone(), follow.clone()] {
                near.arrives(sender, sender.activity("Undo", "/undo", json!({ "type": "Accept", "actor": sender.uri, "object": object }))).await;
            }
        }
        assert_eq!(near.between(&carol, &near.bob).await, followed);
        let asked = near.asks(&carol, &dave).await;
        near.drops(&dave, dave.activity("Undo", "/undo", asked.as_str())).await;
        near.drops(&dave, dave.activity("Undo", "/undo", json!({ "id": asked, "type": "Follow", "actor": near.uri(&carol), "object": dave.uri }))).await;
        assert_eq!(near.between(&carol, &dave).await, [false, true, false, false], "who is asked rejects, and undoes nothing");
    }

    async fn only_who_acted_takes_it_back(near: Neighbours) {
        let (carol, strangers) = (near.carol(), near.strangers());
        let status = carol.posts("hello").await;
        let (uri, me) = (near.status_uri(&carol, status), near.uri(&carol));
        let acts = [
            near.bob.activity("Follow", "/f/1", me.as_str()),
            near.bob.activity("Like", "/l/1", uri.as_str()),
            near.bob.activity("Announce", "/a/1", uri.as_str()),
            near.bob.activity("Block", "/b/1", near.uri(&near.alice())),
        ];
        for act in &acts {
            near.does(&near.bob, act.clone()).await;
        }
        let stands = async || {
            let shown = carol.sees(status).await;
            let (viewer, bob) = (near.alice().viewer().await, near.knows(&near.bob).await.id);
            let blocked = present::relationship::relationship(&near.world.app, &viewer, bob).await.unwrap().blocked_by;
            (carol.profile().await.followers_count, shown.favourites_count, shown.reblogs_count, blocked)
        };
        assert_eq!(stands().await, (1, 1, 1, true));
        for sender in &strangers {
            for act in &acts {
                let mut claimed = act.clone();
                claimed["actor"] = sender.uri.clone().into();
                near.drops(sender, sender.activity("Undo", "/u/1", act.clone())).await;
                for object in [claimed.clone(), without_id(claimed), act["id"].clone()] {
                    near.arrives(sender, sender.activity("Undo", "/u/2", object)).await;
                }
            }
        }
        assert_eq!(stands().await, (1, 1, 1, true));
        for act in &acts {
            near.does(&near.bob, near.bob.activity("Undo", "/u/3", act["id"].clone())).await;
        }
        assert_eq!(stands().await, (0, 0, 0, false));
        near.drops(&near.bob, near.bob.activity("Undo", "/u/4", near.others.url("b", "/users/eve/a/1"))).await;
    }

    async fn a_note_comes_from_its_authors_own_server_and_from_its_author(near: Neighbours) {
        let [dave, eve] = near.strangers();
        let elsewhere = [
            eve.at("/n/1"),
            near.bob.at("/n/1").replace("http:", "https:"),
            near.bob.at("/n/1").replace("a.localhost", "x.a.localhost"),
            "http://a.localhost/users/bob/n/1".to_owned(),
            near.uri(&near.carol()) + "/statuses/1",
        ];
        for id in &elsewhere {
            let note = near.note("/n/1", json!({ "id": id }));
            for kind in ["Create", "Update"] {
                near.drops(&near.bob, near.bob.activity(kind, "/c/1", note.clone())).await;
            }
            let passed_on = near.arrives(&near.bob, near.bob.activity("Announce", "/a/1", note)).await;
            assert_ne!(passed_on, Verdict::Done, "{id}");
            assert_eq!(near.found(id).await, None, "{id}");
        }
        for author in [&dave, &eve] {
            let note = near.note("/n/2", json!({ "attributedTo": author.uri }));
            for kind in ["Create", "Update", "Announce"] {
                near.drops(&near.bob, near.bob.activity(kind, "/c/2", note.clone())).await;
            }
            let note = near.note("/n/2", json!({ "attributedTo": [{ "id": author.uri, "type": "Person" }] }));
            near.drops(&near.bob, near.bob.activity("Create", "/c/2", note)).await;
        }
        assert_eq!(near.statuses().await, 0);
    }

    async fn a_status_is_changed_by_its_author_alone(near: Neighbours) {
        let (known, strangers) = (near.posts("/n/1", json!({})).await, near.strangers());
        for sender in &strangers {
            near.follows(&near.alice(), sender).await;
            for author in [&near.bob.uri, &sender.uri] {
                for at in ["2026-01-01T12:00:01Z", "2026-01-01T13:00:00Z"] {
                    let changed = near.note("/n/1", json!({ "content": "<p>forged</p>", "attributedTo": author, "updated": at }));
                    near.drops(sender, sender.activity("Update", "/u/1", changed)).await;
                }
            }
            let mut actor = near.bob.actor();
            actor["name"] = "Forged".into();
            near.drops(sender, sender.activity("Update", "/u/2", actor)).await;
            near.drops(sender, sender.activity("Update", "/u/3", near.bob.at("/n/1"))).await;
        }
        assert_eq!(near.status(known).await.content, "<p>hello</p>");
        assert_eq!(near.knows(&near.bob).await.display_name, "");
    }

    async fn a_status_and_an_account_are_ended_by_their_own_alone(near: Neighbours) {
        let (known, [dave, eve]) = (near.posts("/n/1", json!({})).await, near.strangers());
        let own = near.carol().posts("mine").await;
        let ours = near.status_uri(&near.carol(), own);
        for sender in [&dave, &eve] {
            near.knows(sender).await;
            for object in [near.bob.at("/n/1"), near.bob.uri.clone(), ours.clone(), near.uri(&near.carol())] {
                for object in [json!(object), json!({ "id": object, "type": "Tombstone" })] {
                    near.arrives(sender, sender.activity("Delete", "/d/1", object)).await;
                }
            }
            let hidden = json!({ "id": sender.at("/n/9"), "type": "Tombstone", "atomUri": near.bob.at("/n/1") });
            near.arrives(sender, sender.activity("Delete", "/d/2", hidden)).await;
        }
        near.drops(&eve, eve.activity("Delete", "/d/3", near.bob.at("/n/1"))).await;
        near.drops(&near.bob, near.bob.activity("Delete", "/d/4", ours.as_str())).await;
        assert!(near.found(&near.bob.at("/n/1")).await == Some(known) && near.carol().can_see(own).await);
        assert!(near.knows(&near.bob).await.suspended_at.is_none());
        // Nor before it comes.
        let later = eve.at("/n/1");
        near.arrives(&near.bob, near.bob.activity("Delete", "/d/5", later.as_str())).await;
        let hidden = json!({ "id": near.bob.at("/n/8"), "type": "Tombstone", "atomUri": later });
        near.arrives(&near.bob, near.bob.activity("Delete", "/d/6", hidden)).await;
        near.follows(&near.alice(), &eve).await;
        near.does(&eve, eve.activity("Create", "/c/1", eve.note("/n/1", "<p>x</p>"))).await;
        assert!(near.found(&later).await.is_some());
        let tombstones: Option<i64> = near
            .world
            .read(move |r| async move { Ok(r.value(sql!("SELECT COUNT(*) FROM tombstones WHERE uri = $1"), args![later]).await?) })
            .await;
        assert_eq!(tombstones, Some(0));
    }

    async fn everybody_pins_and_unpins_for_themselves(near: Neighbours) {
        let ([dave, eve], _) = (near.strangers(), near.posts("/n/1", json!({})).await);
        let (of_bob, of_dave, of_eve) = (near.features(&near.bob).await, near.features(&dave).await, near.features(&eve).await);
        let act = |kind: &str, sender: &RemotePerson, object: &str, target: &str| {
            json!({ "type": kind, "actor": sender.uri, "object": object, "target": target })
        };
        near.does(&near.bob, act("Add", &near.bob, &near.bob.at("/n/1"), &of_bob)).await;
        for (sender, own) in [(&dave, &of_dave), (&eve, &of_eve)] {
            for kind in ["Add", "Remove"] {
                for target in [own, &of_bob] {
                    near.drops(sender, act(kind, sender, &near.bob.at("/n/1"), target)).await;
                }
            }
        }
        near.drops(&near.bob, act("Remove", &near.bob, &near.bob.at("/n/1"), &of_dave)).await;
        assert_eq!((near.pins(&near.bob).await, near.pins(&dave).await, near.pins(&eve).await), (1, 0, 0));
        let status = near.carol().posts("hello").await;
        near.does(&near.bob, near.bob.activity("Announce", "/a/1", near.status_uri(&near.carol(), status))).await;
        near.drops(&near.bob, act("Add", &near.bob, &near.bob.at("/a/1"), &of_bob)).await;
        assert_eq!(near.pins(&near.bob).await, 1, "a reblog is not pinned");
        near.does(&near.bob, act("Remove", &near.bob, &near.bob.at("/n/1"), &of_bob)).await;
        assert_eq!(near.pins(&near.bob).await, 0);
    }

    async fn so_many_are_pinned_and_no_more(near: Neighbours) {
        let featured = near.features(&near.bob).await;
        let bob = near.knows(&near.bob).await.id;
        for _ in 1..PINS_MAX {
            let id: StatusId = near.world.hears(bob, None).await;
            near.world.write(move |tx| async move { Ok(pins::insert(&tx, bob, id).await.map(drop)?) }).await;
        }
        for (path, count) in [("/n/1", PINS_MAX as i64), ("/n/2", PINS_MAX as i64)] {
            near.posts(path, json!({})).await;
            near.arrives(&near.bob, json!({ "type": "Add", "actor": near.bob.uri, "object": near.bob.at(path), "target": featured })).await;
            assert_eq!(near.pins(&near.bob).await, count, "{path}");
        }
        near.others.serves(&near.bob.at("/n/3"), Answer::activity(&near.note("/n/3", json!({}))));
        near.others.forgets();
        near.drops(&near.bob, json!({ "type": "Add", "actor": near.bob.uri, "object": near.bob.at("/n/3"), "target": featured })).await;
        assert!(near.others.fetched().is_empty(), "nothing is fetched that would not be pinned");
    }

    async fn what_a_vote_must_be(near: Neighbours) {
        let poll = |draft: &mut crate::statuses::post::Draft| {
            draft.poll = Some(PollDraft { options: vec!["a".into(), "b".into()], expires_in: Some(3600), multiple: false, hide_totals: false });
        };
        let (asked, secret) = (near.carol().posts_with("?", poll).await, near.carol().posts_with("?", |draft| {
            poll(draft);
            draft.visibility = Some("direct".into());
        }).await);
        let to = near.uri(&near.carol());
        let note = |path: &str, parent: StatusId, more: Value| {
            let mut note = json!({ "id": near.bob.at(path), "type": "Note", "attributedTo": near.bob.uri, "to": to, "inReplyTo": near.status_uri(&near.carol(), parent) });
            note.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            near.bob.activity("Create", "/c", note)
        };
        near.does(&near.bob, note("/n/1", asked, json!({ "name": "neither", "content": "<p>an answer with a title</p>", "to": [to, PUBLIC] }))).await;
        assert!(near.found(&near.bob.at("/n/1")).await.is_some(), "a named answer that says something is an answer");
        near.drops(&near.bob, note("/v/1", secret, json!({ "name": "a" }))).await;
        near.drops(&near.bob, note("/v/2", asked, json!({ "name": "A" }))).await;
        let votes = async |status: StatusId| {
            let id = near.status(status).await.poll_id.unwrap();
            near.world.read(move |r| async move { Ok(store::polls::list_options(&r, &[id]).await?.iter().map(|option| option.votes_count).collect::<Vec<_>>()) }).await
        };
        assert_eq!((votes(asked).await, votes(secret).await), (vec![0, 0], vec![0, 0]));
        let (viewer, bob) = (near.carol().viewer().await, near.knows(&near.bob).await.id);
        block::block(&near.world.app, &viewer, bob).await.unwrap();
        near.drops(&near.bob, note("/v/3", asked, json!({ "name": "a" }))).await;
        assert_eq!(votes(asked).await, [0, 0], "nobody votes across a block");
    }

    async fn who_is_not_here_yet_or_any_more_is_not_followed(near: Neighbours) {
        let app = &near.world.app;
        let pending = Registration { confirmed: false, ..registration("erin") };
        let (erin, _) = register(app, Origin::System, pending).await.unwrap();
        let gone = near.carol();
        block::block(app, &gone.viewer().await, near.knows(&near.bob).await.id).await.unwrap();
        near.world.drain_jobs().await;
        near.set(gone.account, "suspended").await;
        near.others.forgets();
        for target in [app.urls().account_uri(erin), near.uri(&gone)] {
            near.drops(&near.bob, near.bob.activity("Follow", "/f/1", target)).await;
        }
        assert!(near.others.delivered(&near.bob.inbox()).is_empty() && near.others.delivered(&near.bob.shared_inbox()).is_empty(), "no answer");
        near.drops(&near.bob, near.bob.activity("Block", "/b/1", "https://here.test/actor")).await;
    }

    async fn who_comes_from_a_limited_server_asks(near: Neighbours) {
        let limit = Block { severity: Severity::Silence, ..Block::default() };
        domains::block(&near.world.app, Origin::System, &near.others.domain("a"), limit).await.unwrap();
        near.world.drain_jobs().await;
        let bob = near.knows(&near.bob).await.id;
        near.set(bob, "not silenced").await;
        near.does(&near.bob, near.bob.activity("Follow", "/f/1", near.uri(&near.carol()))).await;
        assert_eq!(near.between(&near.carol(), &near.bob).await, [false, false, false, true], "whatever the account's row says");
    }

    async fn whoever_is_suspended_or_blocked_says_nothing_new(near: Neighbours) {
        let status = near.carol().posts("hello").await;
        let (uri, me) = (near.status_uri(&near.carol(), status), near.uri(&near.carol()));
        let acts = [
            near.bob.activity("Create", "/c/1", near.note("/n/1", json!({}))),
            near.bob.activity("Follow", "/f/1", me.as_str()),
            near.bob.activity("Like", "/l/1", uri.as_str()),
            near.bob.activity("EmojiReact", "/e/1", uri.as_str()),
            near.bob.activity("Announce", "/a/1", uri.as_str()),
            near.bob.activity("Block", "/b/1", me.as_str()),
            near.bob.activity("Update", "/u/1", near.note("/n/1", json!({}))),
        ];
        let bob = near.knows(&near.bob).await;
        near.set(bob.id, "suspended").await;
        for act in &acts {
            near.drops(&near.bob, act.clone()).await;
        }
        near.world.write(move |tx| async move { Ok(tx.exec(sql!("UPDATE accounts SET suspended_at = NULL WHERE id = $1"), args![bob.id]).await.map(drop)?) }).await;
        domains::block(&near.world.app, Origin::System, &near.others.domain("a"), Block { severity: Severity::Suspend, ..Block::default() }).await.unwrap();
        let ends = ["Delete", "Undo", "Reject"].map(|kind| near.bob.activity(kind, "/x/1", near.bob.at("/n/1")));
        for activity in acts.iter().chain(&ends) {
            // As it was known before the block came into effect.
            let inbound = Inbound { activity: activity.clone(), actor: bob.clone(), to: None, budget: Budget::default() };
            assert!(matches!(receive(&near.world.app, inbound).await.unwrap(), Verdict::Dropped(_)), "{activity}");
        }
        let shown = near.carol().sees(status).await;
        assert_eq!((shown.favourites_count, shown.reblogs_count, near.statuses().await), (0, 0, 0));
    }

    async fn whose_handle_or_address_is_on_a_blocked_server_says_nothing_at_all(near: Neighbours) {
        let (status, bob) = (near.carol().posts("hello").await, near.knows(&near.bob).await);
        let like = near.bob.activity("Like", "/l/1", near.status_uri(&near.carol(), status));
        let reject = near.bob.activity("Reject", "/r/1", near.bob.at("/n/1"));
        let app = &near.world.app;
        let suspends = |domain: String| async move {
            domains::block(app, Origin::System, &domain, Block { severity: Severity::Suspend, ..Block::default() }).await.unwrap();
        };
        // The handle is elsewhere, the actor's address is on the blocked server; then the other way round.
        for (blocked, handle) in [(near.others.domain("a"), "handles.test"), ("handles.test".into(), "handles.test")] {
            let actor = accounts::Account { domain: handle.into(), ..bob.clone() };
            let inbound = |activity: &Value| Inbound { activity: activity.clone(), actor: actor.clone(), to: None, budget: Budget::default() };
            suspends(blocked.clone()).await;
            for activity in [&like, &reject] {
                let verdict = receive(app, inbound(activity)).await.unwrap();
                assert_eq!(verdict, Verdict::Dropped("its actor's server is blocked"), "{blocked}: {activity}");
            }
            assert_eq!(near.carol().sees(status).await.favourites_count, 0, "{blocked}");
            domains::unblock(app, Origin::System, &blocked).await.unwrap();
        }
        assert_eq!(receive(app, Inbound { activity: like, actor: bob, to: None, budget: Budget::default() }).await.unwrap(), Verdict::Done);
        assert_eq!(near.carol().sees(status).await.favourites_count, 1);
    }

    async fn nobody_here_speaks_through_the_door_for_others(near: Neighbours) {
        let (alice, status) = (near.alice(), near.carol().posts("hello").await);
        let account = alice.account;
        let actor = near.world.read(move |r| async move { Ok(accounts::find(&r, account).await?.unwrap()) }).await;
        let like = json!({ "id": format!("{}#likes/1", actor.uri), "type": "Like", "actor": actor.uri, "object": near.status_uri(&near.carol(), status) });
        let inbound = Inbound { activity: like, actor, to: None, budget: Budget::default() };
        assert!(matches!(receive(&near.world.app, inbound).await.unwrap(), Verdict::Dropped(_)));
        assert_eq!(near.carol().sees(status).await.favourites_count, 0);
    }

    async fn a_document_behind_a_token_is_the_one_that_was_asked_for(near: Neighbours) {
        let [_, eve] = near.strangers();
        for (path, id) in [("/n/1", near.bob.at("/n/2")), ("/n/3", eve.at("/n/3")), ("/n/4", near.bob.at("/n/4/"))] {
            near.others.serves(&near.bob.at(path), Answer::activity(&near.note(path, json!({ "id": id }))));
            near.drops(&near.bob, near.bob.activity("Create", "/c", format!("bear:?t=secret&u={}", near.bob.at(path)))).await;
            assert_eq!((near.found(&id).await, near.found(&near.bob.at(path)).await), (None, None));
        }
        near.others.forgets();
        for uri in [eve.at("/n/3"), near.uri(&near.carol()) + "/statuses/1", near.bob.at("/n/1").replace("http:", "https:")] {
            near.drops(&near.bob, near.bob.activity("Create", "/c", format!("bear:?t=secret&u={uri}"))).await;
        }
        assert!(near.others.asked().is_empty(), "the token is shown to nobody else");
    }
}
