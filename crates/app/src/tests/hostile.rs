//! What others may send to do harm: it is cleaned, bounded or dropped, and never reaches the rows of others.

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use store::jobs::Lane;
use store::{args, sql};
use wire::activity::{self, PUBLIC};

use super::statuses_of_others::Neighbours;
use crate::bus::Event;
use crate::federation::budget::Budget;
use crate::federation::domains::{self, Block, Severity};
use crate::federation::fetch::Failure;
use crate::federation::incoming::{Inbound, Verdict, asks_others, receive};
use crate::federation::resolve;
use crate::federation::{actor, statuses as statuses_of_others};
use crate::jobs;
use crate::queue::{self, ReceiveActivity};
use crate::testing::{Answer, HOUR_MS, RemotePerson, TestKey};
use crate::{App, Origin, present, stories};

/// Cases of the random story.
const CASES: usize = 250;

/// More than a thousand characters that do not repeat themselves, so that no index can hold them packed.
fn noise(length: usize, seed: u64) -> String {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let digit = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b"0123456789abcdefghijklmnopqrstuvwxyz"[(state >> 33) as usize % 36])
    };
    (0..length).map(digit).collect()
}

impl Neighbours {
    /// As it comes over the wire.
    fn read(text: &str) -> Value {
        activity::read(text.as_bytes()).unwrap()
    }

    async fn thread(&self, id: store::StatusId) -> usize {
        let around = super::thread(&self.world.app, Some(self.alice().account), id).await.unwrap();
        around.ancestors.len() + around.descendants.len()
    }

    /// Everything that belongs to neither bob nor what he may do to others.
    async fn rows_of_others(&self, victim: &RemotePerson) -> Vec<(String, String)> {
        let (victim, carol, bob) = (self.knows(victim).await.id, self.carol().account, self.knows(&self.bob).await.id);
        let alice = self.alice().account;
        self.world
            .read(move |r| async move {
                let statuses = sql!(
                    "SELECT uri, content || '|' || spoiler_text || '|' || CAST(visibility AS TEXT) || '|' || CAST(COALESCE(deleted_at, 0) AS TEXT) || '|' ||
                            CAST(COALESCE(in_reply_to_id, 0) AS TEXT) FROM statuses WHERE account_id IN ($1, $2, $3) ORDER BY id"
                );
                let accounts = sql!(
                    "SELECT uri, username || '|' || domain || '|' || display_name || '|' || note || '|' || inbox_url || '|' ||
                            CAST(COALESCE(suspended_at, 0) AS TEXT) FROM accounts WHERE id <> $1 AND (id IN ($2, $3) OR domain = '') ORDER BY id"
                );
                let keys = sql!("SELECT uri, public_key FROM keypairs WHERE account_id <> $1 AND uri IS NOT NULL ORDER BY id");
                let follows = sql!("SELECT CAST(account_id AS TEXT), CAST(target_account_id AS TEXT) FROM follows WHERE account_id <> $1 AND target_account_id <> $1 ORDER BY id");
                let mut rows: Vec<(String, String)> = r.all(statuses, args![victim, carol, alice]).await?;
                rows.extend(r.all::<(String, String)>(accounts, args![bob, victim, carol]).await?);
                rows.extend(r.all::<(String, String)>(keys, args![bob]).await?);
                rows.extend(r.all::<(String, String)>(follows, args![bob]).await?);
                Ok(rows)
            })
            .await
    }
}

async fn run_lane(app: &App, lane: Lane) {
    jobs::run_due(app, lane).await.unwrap();
}

stories! {
    async fn a_character_that_no_database_takes_is_left_out(near: Neighbours) {
        let mut create = near.bob.activity("Create", "/c/1", near.note("/n/1", json!({
            "content": "<p>a\0b</p>", "summary": "c\0w", "type": "Question", "oneOf": [{ "name": "x\0" }, { "name": "y" }],
            "attachment": { "type": "Image", "url": near.others.url("a", "/1.png"), "name": "al\0t" },
            "tag": [{ "type": "Hashtag", "name": "#ca\0ts" }], "conversation": "tag:a.test,2026:\0",
        })));
        create = Neighbours::read(&create.to_string());
        near.does(&near.bob, create).await;
        let shown = near.shown(near.found(&near.bob.at("/n/1")).await.unwrap()).await;
        assert_eq!((shown.content.as_deref(), shown.carried.spoiler_text.as_str()), (Some("<p>ab</p>"), "cw"));
        assert_eq!((shown.carried.media_attachments.len(), shown.carried.tags.len()), (1, 1));
        let mut changed = near.bob.actor();
        changed["name"] = "B\0ob".into();
        changed["summary"] = "<p>\0</p>".into();
        changed["attachment"] = json!([{ "type": "PropertyValue", "name": "a\0", "value": "b\0" }]);
        near.does(&near.bob, Neighbours::read(&near.bob.activity("Update", "/u/1", changed).to_string())).await;
        assert_eq!(near.knows(&near.bob).await.display_name, "Bob");
        let like = near.bob.activity("Like", "/l/1", near.status_uri(&near.carol(), near.carol().posts("x").await));
        let mut like = like;
        like["content"] = "\0".into();
        near.does(&near.bob, Neighbours::read(&like.to_string())).await;
    }

    async fn long_addresses_and_letters_that_become_many_fit_into_every_index(near: Neighbours) {
        let uri = near.others.url("a", &format!("/u/{}", noise(1_900, 1)));
        let long = RemotePerson { domain: near.others.domain("a"), username: "long".into(), uri };
        near.others.serves(&long.uri, Answer::activity(&long.actor()));
        near.others.serves(&long.webfinger_url(), Answer::of("application/jrd+json", long.webfinger().to_string()));
        let id = near.others.url("a", &format!("/i/{}", noise(1_900, 2)));
        for kind in ["Undo", "Delete"] {
            near.arrives(&long, json!({ "id": near.others.url("a", "/x"), "type": kind, "actor": long.uri, "object": id })).await;
        }
        let follow = json!({ "id": id, "type": "Follow", "actor": long.uri, "object": near.uri(&near.carol()) });
        near.does(&long, follow).await;
        let tags: Vec<Value> = (0..120).map(|n| json!({ "type": "Hashtag", "name": format!("#a{n}{}", "\u{fdfa}".repeat(600)) })).collect();
        let status = near.posts("/n/1", json!({ "tag": tags, "conversation": noise(2_040, 3) })).await;
        assert!(near.shown(status).await.carried.tags.is_empty());
        let emojis: Vec<Value> = (0..120).map(|n| json!({ "type": "Emoji", "name": format!("e{n}{}", noise(2_000, n)), "icon": near.others.url("a", "/e.png") })).collect();
        let status = near.posts("/n/2", json!({ "tag": emojis })).await;
        assert_eq!(near.status(status).await.content, "<p>hello</p>");
    }

    async fn a_deletion_by_another_of_the_same_server_says_nothing(near: Neighbours) {
        let eve = near.others.person("a", "eve");
        near.does(&eve, eve.activity("Delete", "/d/1", near.bob.at("/n/1"))).await;
        near.world.advance(7 * HOUR_MS);
        near.others.forgets();
        let id = near.posts("/n/1", json!({ "to": [near.bob.followers()], "cc": [] })).await;
        assert!(near.alice().can_see(id).await);
        assert!(near.others.fetched().is_empty());
        // What nobody here follows is not brought back by deleting it first.
        near.does(&eve, eve.activity("Delete", "/d/2", eve.at("/n/2"))).await;
        near.world.advance(7 * HOUR_MS);
        near.others.serves(&eve.at("/n/2"), Answer::activity(&eve.note("/n/2", "<p>x</p>")));
        near.drops(&eve, eve.activity("Create", "/c/2", eve.note("/n/2", "<p>x</p>"))).await;
        assert!(near.found(&eve.at("/n/2")).await.is_none());
    }

    async fn pins_of_others_and_too_many_are_not_asked_for(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        let (featured, other) = (near.bob.at("/featured"), dave.at("/n/1"));
        let mut changed = near.bob.actor();
        changed["featured"] = featured.clone().into();
        near.does(&near.bob, near.bob.activity("Update", "/u", changed)).await;
        near.others.serves(&other, Answer::activity(&dave.note("/n/1", "<p>x</p>")));
        near.others.forgets();
        let add = |object: &str| json!({ "type": "Add", "actor": near.bob.uri, "object": object, "target": featured });
        near.drops(&near.bob, add(&other)).await;
        assert!(near.others.fetched().is_empty());
        for number in 0..25 {
            let path = format!("/p/{number}");
            near.others.serves(&near.bob.at(&path), Answer::activity(&near.note(&path, json!({}))));
            near.arrives(&near.bob, add(&near.bob.at(&path))).await;
        }
        assert_eq!(near.statuses().await, 20);
    }

    async fn people_who_are_pinned_about_lead_to_no_further_people(near: Neighbours) {
        let people: Vec<RemotePerson> = (0..6).map(|number| near.others.person("crowd", &format!("p{number}"))).collect();
        for (number, person) in people.iter().enumerate() {
            let mut own = person.actor();
            own["featured"] = person.at("/featured").into();
            near.others.serves(&person.uri, Answer::activity(&own));
            near.others.serves(&person.at("/featured"), Answer::activity(&json!({ "id": person.at("/featured"), "type": "Collection", "items": [person.at("/n/1")] })));
            let mut pinned = person.note("/n/1", "<p>x</p>");
            if let Some(next) = people.get(number + 1) {
                pinned["tag"] = json!({ "type": "Mention", "href": next.uri });
                pinned["inReplyTo"] = next.at("/n/2").into();
            }
            near.others.serves(&person.at("/n/1"), Answer::activity(&pinned));
        }
        near.knows(&people[0]).await;
        let fetched = near.others.fetched();
        assert!(fetched.contains(&people[0].at("/n/1")) && fetched.contains(&people[1].uri), "{fetched:?}");
        assert!(!fetched.contains(&people[1].at("/featured")) && !fetched.contains(&people[1].at("/n/2")), "{fetched:?}");
    }

    async fn a_slow_server_holds_up_nothing_but_what_it_is_asked_for(near: Neighbours) {
        let slow = near.others.url("slow", "/users/eve");
        near.others.serves(&slow, Answer::never());
        let from = near.knows(&near.bob).await;
        let create = near.bob.activity("Create", "/c/1", near.note("/n/1", json!({ "tag": [
            { "type": "Mention", "href": slow }, { "type": "Mention", "name": format!("@x@{}", near.others.domain("slow")) },
        ] })));
        assert!(!asks_others(&near.world.app, &create).await.unwrap());
        let inbound = Inbound { activity: create, actor: from.clone(), to: None, budget: Budget::default() };
        assert_eq!(receive(&near.world.app, inbound).await.unwrap(), Verdict::Done);
        assert!(near.found(&near.bob.at("/n/1")).await.is_some() && near.others.fetched().is_empty());
        near.others.serves(&slow, Answer::status(404));
        // What must be fetched is fetched in another lane.
        near.others.serves(&near.bob.at("/n/2"), Answer::activity(&near.note("/n/2", json!({}))));
        let job = ReceiveActivity { actor: from.id, to: None, activity: near.bob.activity("Create", "/c/2", near.bob.at("/n/2")) };
        near.world.write(move |tx| async move { queue::enqueue(&tx, &job).await }).await;
        run_lane(&near.world.app, Lane::Ingress).await;
        assert!(near.others.fetched().is_empty());
        near.world.drain_jobs().await;
        assert!(near.found(&near.bob.at("/n/2")).await.is_some());
    }

    async fn an_actor_does_not_take_its_last_key_away_by_saying_so(near: Neighbours) {
        let eve = near.others.person("a", "eve");
        near.knows(&eve).await;
        let pem = TestKey::rsa().public_pem;
        for keys in [json!(null), json!({ "id": eve.key_id(), "owner": near.bob.uri, "publicKeyPem": pem })] {
            let mut changed = near.bob.actor();
            changed["publicKey"] = keys;
            changed["name"] = "changed".into();
            near.drops(&near.bob, near.bob.activity("Update", "/u", changed)).await;
        }
        let mut another = eve.actor();
        another["name"] = "not mine".into();
        near.drops(&near.bob, near.bob.activity("Update", "/u", another)).await;
        assert_eq!((near.knows(&near.bob).await.display_name, near.knows(&eve).await.display_name), (String::new(), String::new()));
        let kept = near.rows_of_others(&eve).await;
        assert!(kept.iter().any(|(uri, key)| *uri == eve.key_id() && *key != pem));
        // Another key of its own is taken, and other nodes hear of it.
        let mut bus = near.world.app.bus.listen();
        let mut changed = near.bob.actor();
        changed["publicKey"]["publicKeyPem"] = pem.into();
        near.does(&near.bob, near.bob.activity("Update", "/u/2", changed)).await;
        let bob = near.knows(&near.bob).await.id;
        let mut heard = false;
        while let Ok(event) = bus.try_recv() {
            heard |= event == Event::KeysChanged { account: bob };
        }
        assert!(heard);
    }

    async fn what_is_undone_of_an_unknown_kind_is_nothing_kept_here(near: Neighbours) {
        let id = near.carol().posts("x").await;
        let object = near.status_uri(&near.carol(), id);
        near.does(&near.bob, near.bob.activity("Like", "/l/1", object.clone())).await;
        let dislike = near.bob.activity("Dislike", "/dis/1", object);
        near.arrives(&near.bob, near.bob.activity("Undo", "/u/1", dislike)).await;
        assert_eq!(near.status(id).await.favourites_count, 1);
        let join = near.bob.activity("Join", "/j/1", near.uri(&near.carol()));
        near.does(&near.bob, near.bob.activity("Follow", "/f/1", near.uri(&near.carol()))).await;
        near.arrives(&near.bob, near.bob.activity("Undo", "/u/2", join)).await;
        assert_eq!(near.carol().profile().await.followers_count, 1);
    }

    async fn answers_in_a_circle_are_no_thread(near: Neighbours) {
        let note = |path: &str, parent: &str| near.note(path, json!({ "inReplyTo": near.bob.at(parent) }));
        for (path, parent) in [("/a", "/b"), ("/b", "/c"), ("/c", "/a"), ("/self", "/self")] {
            near.others.serves(&near.bob.at(path), Answer::activity(&note(path, parent)));
        }
        let id = near.posts("/a", json!({ "inReplyTo": near.bob.at("/b") })).await;
        let own = near.posts("/self", json!({ "inReplyTo": near.bob.at("/self") })).await;
        assert_eq!(near.status(own).await.in_reply_to_id, None);
        let mut parents = Vec::new();
        for path in ["/a", "/b", "/c"] {
            parents.push(near.status(near.found(&near.bob.at(path)).await.unwrap()).await.in_reply_to_id);
        }
        assert_eq!(parents.iter().flatten().count(), 2, "{parents:?}");
        assert_eq!(near.thread(id).await, 2);
    }

    async fn a_group_does_not_delete_what_it_cannot_read(near: Neighbours) {
        let group = near.others.person("l", "rust");
        let mut own = group.actor();
        own["type"] = "Group".into();
        near.others.serves(&group.uri, Answer::activity(&own));
        near.follows(&near.alice(), &group).await;
        // Its server shows it to followers alone.
        let id = near.posts("/private", json!({ "to": [near.bob.followers()], "cc": [] })).await;
        near.drops(&group, group.activity("Announce", "/a/1", near.bob.activity("Delete", "/d/1", near.bob.at("/private")))).await;
        assert!(near.alice().can_see(id).await);
    }

    async fn a_blocked_handle_is_blocked_wherever_its_actor_lives(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        let domain = near.others.domain("handles");
        let mut own = dave.actor();
        own["webfinger"] = format!("dave@{domain}").into();
        near.others.serves(&dave.uri, Answer::activity(&own));
        let answer = json!({ "subject": format!("acct:dave@{domain}"), "links": [{ "rel": "self", "type": "application/activity+json", "href": dave.uri }] });
        let named = RemotePerson { domain: domain.clone(), ..dave.clone() };
        near.others.serves(&named.webfinger_url(), Answer::of("application/jrd+json", answer.to_string()));
        near.follows(&near.alice(), &dave).await;
        let from = near.knows(&dave).await;
        assert_eq!(from.domain, domain);
        let block = Block { severity: Severity::Suspend, ..Block::default() };
        domains::block(&near.world.app, Origin::System, &domain, block).await.unwrap();
        let inbound = Inbound { activity: dave.activity("Create", "/c", dave.note("/n/1", "<p>x</p>")), actor: from, to: None, budget: Budget::default() };
        assert_eq!(receive(&near.world.app, inbound).await.unwrap(), Verdict::Dropped("its actor's server is blocked"));
    }

    async fn an_emoji_that_will_have_changed_is_not_fetched_anew_each_time(near: Neighbours) {
        let emoji = json!({ "type": "Emoji", "name": "cat", "updated": "9999-01-01T00:00:00Z", "icon": near.others.url("a", "/cat.png") });
        near.posts("/n/1", json!({ "tag": emoji })).await;
        let at = || async { near.world.read(|r| async move { Ok(r.value::<i64>(sql!("SELECT MAX(updated_at) FROM custom_emojis"), args![]).await?) }).await };
        let before = at().await;
        near.world.advance(HOUR_MS);
        near.posts("/n/2", json!({ "tag": emoji })).await;
        assert!(before.is_some());
        assert_eq!(at().await, before);
    }

    async fn bombs_are_cut_to_size(near: Neighbours) {
        let tags: Vec<Value> = (0..20_000).map(|n| match n % 3 {
            0 => json!({ "type": "Mention", "href": near.others.url("a", &format!("/nobody/{n}")) }),
            1 => json!({ "type": "Hashtag", "name": format!("#t{n}") }),
            _ => json!({ "type": "Emoji", "name": format!("e{n}"), "icon": near.others.url("a", "/e.png") }),
        }).collect();
        let options: Vec<Value> = (0..10_000).map(|n| json!({ "name": format!("{n}"), "replies": { "totalItems": i64::MAX } })).collect();
        let huge = "x".repeat(300_000);
        let id = near.posts("/n/1", json!({
            "type": "Question", "oneOf": options, "tag": tags, "summary": huge, "content": format!("<p>{}</p>", "<b>".repeat(50_000)), "votersCount": i64::MAX,
            "attachment": (0..2_000).map(|n| json!({ "type": "Image", "url": near.others.url("a", &format!("/{n}.png")), "name": huge.get(..200) })).collect::<Vec<_>>(),
            "to": (0..5_000).map(|n| json!(near.others.url("a", &format!("/to/{n}")))).chain([json!(PUBLIC)]).collect::<Vec<_>>(),
            "cc": PUBLIC, "mediaType": "text/html",
        })).await;
        let shown = near.shown(id).await;
        let poll = shown.poll.clone().unwrap();
        assert!(shown.carried.tags.len() <= 100 && shown.carried.emojis.len() <= 100 && shown.carried.media_attachments.len() <= 32 && poll.options.len() <= 500);
        assert!(shown.carried.spoiler_text.len() <= 5_000 && shown.content.as_deref().unwrap().len() < 1_000);
        assert!(poll.votes_count >= 0 && poll.votes_count <= 500 * 1_000_000_000);
        assert!(near.others.fetched().len() <= 60, "{}", near.others.fetched().len());
        let mut changed = near.bob.actor();
        for key in ["name", "summary"] {
            changed[key] = huge.clone().into();
        }
        changed["alsoKnownAs"] = (0..5_000).map(|n| json!(near.others.url("a", &format!("/also/{n}")))).collect();
        changed["attachment"] = (0..5_000).map(|_| json!({ "type": "PropertyValue", "name": huge.get(..3_000), "value": huge.get(..3_000) })).collect();
        near.does(&near.bob, near.bob.activity("Update", "/u", changed)).await;
        assert!(near.knows(&near.bob).await.display_name.len() <= 2_048);
        let own = near.carol().posts("x").await;
        let long = near.bob.activity("Like", &format!("/{}", "x".repeat(3_000)), near.status_uri(&near.carol(), own));
        near.drops(&near.bob, long).await;
    }

    async fn a_document_of_someone_blocked_or_suspended_comes_in_by_no_way(near: Neighbours) {
        let dave = near.others.person("b", "dave");
        let note_of = |path: &str| dave.note(path, "<p>x</p>");
        near.others.serves(&dave.at("/n/1"), Answer::activity(&note_of("/n/1")));
        let known = near.knows(&dave).await.id;
        near.does(&near.bob, near.bob.activity("Announce", "/a/1", dave.at("/n/1"))).await;
        assert_eq!(near.alice().home().await.len(), 1);
        let mut gone = dave.actor();
        gone["suspended"] = true.into();
        near.others.serves(&dave.uri, Answer::activity(&gone));
        actor::keep(&near.world.app, &gone, &Budget::default()).await.unwrap();
        assert!(near.knows(&dave).await.suspended_at.is_some() && near.knows(&dave).await.id == known);
        let viewer = near.alice().viewer().await;
        for id in near.alice().home().await {
            assert!(present::status::status(&near.world.app, Some(&viewer), id).await.is_err(), "a reblog of it is not shown");
        }
        near.others.serves(&dave.at("/n/2"), Answer::activity(&note_of("/n/2")));
        near.drops(&near.bob, near.bob.activity("Announce", "/a/2", dave.at("/n/2"))).await;
        near.drops(&near.bob, near.bob.activity("Announce", "/a/3", dave.at("/n/1"))).await;
        near.drops(&dave, dave.activity("Create", "/c/3", note_of("/n/3"))).await;
        near.drops(&dave, dave.activity("Update", "/u/3", note_of("/n/3"))).await;
        assert!(matches!(statuses_of_others::resolve(&near.world.app, &dave.at("/n/2"), &Budget::default()).await, Err(Failure::Refused(_))));
        near.does(&dave, dave.activity("Delete", "/d/1", dave.at("/n/1"))).await;
        assert!(near.found(&dave.at("/n/1")).await.is_none());
        domains::block(&near.world.app, Origin::System, &near.others.domain("c"), Block { severity: Severity::Suspend, ..Block::default() }).await.unwrap();
        let eve = near.others.person("c", "eve");
        near.others.serves(&eve.at("/n/1"), Answer::activity(&eve.note("/n/1", "<p>x</p>")));
        near.others.forgets();
        near.drops(&near.bob, near.bob.activity("Announce", "/a/4", eve.at("/n/1"))).await;
        near.posts("/n/9", json!({ "tag": { "type": "Mention", "href": eve.uri }, "inReplyTo": eve.at("/n/1") })).await;
        assert!(resolve::account(&near.world.app, &eve.uri, &Budget::default()).await.is_err());
        assert!(near.others.fetched().is_empty(), "{:?}", near.others.fetched());
    }

    async fn nothing_that_bob_says_breaks_the_server_or_changes_what_is_anothers(near: Neighbours) {
        let victim = near.others.person("b", "victim");
        near.follows(&near.alice(), &victim).await;
        near.follows(&near.carol(), &victim).await;
        near.world.joins(near.carol().account, near.alice().account).await;
        let theirs = victim.note("/n/1", "<p>theirs</p>");
        near.others.serves(&victim.at("/n/1"), Answer::activity(&theirs));
        near.does(&victim, victim.activity("Create", "/c/1", theirs)).await;
        let mut secret = victim.note("/n/2", "<p>secret</p>");
        secret["to"] = json!([victim.followers()]);
        secret["cc"] = json!([]);
        near.does(&victim, victim.activity("Create", "/c/2", secret)).await;
        let own = near.carol().posts("mine").await;
        let private = near.carol().posts_as("for followers", "private").await;
        let names = [
            near.uri(&near.carol()), near.uri(&near.alice()), near.status_uri(&near.carol(), own), near.status_uri(&near.carol(), private),
            victim.uri.clone(), victim.at("/n/1"), victim.at("/n/2"), victim.key_id(), near.bob.uri.clone(), near.bob.at("/n/1"), near.bob.followers(),
            near.others.url("a", "/nothing"), PUBLIC.to_owned(), near.world.app.urls().base.clone(),
        ];
        let valid = [
            near.bob.activity("Create", "/c", near.note("/n/0", json!({
                "tag": [{ "type": "Mention", "href": names[0], "name": "@carol" }, { "type": "Hashtag", "name": "#cats" },
                        { "type": "Emoji", "name": ":cat:", "icon": { "type": "Image", "url": near.others.url("a", "/cat.png") } }],
                "attachment": [{ "type": "Image", "url": near.others.url("a", "/1.png"), "focalPoint": [0.5, -0.5], "width": 10, "height": 20, "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH" }],
                "inReplyTo": names[5], "summary": "cw", "contentMap": { "en": "<p>hello</p>" }, "replies": { "type": "Collection", "items": [near.others.url("a", "/r")] },
            }))),
            near.bob.activity("Create", "/q", near.note("/q/0", json!({ "type": "Question", "endTime": "2027-01-01T00:00:00Z", "votersCount": 3,
                "oneOf": [{ "type": "Note", "name": "a", "replies": { "type": "Collection", "totalItems": 1 } }, { "type": "Note", "name": "b" }] }))),
            near.bob.activity("Update", "/u", near.note("/n/0", json!({ "updated": "2026-01-01T12:30:00Z", "content": "<p>edited</p>" }))),
            near.bob.activity("Update", "/ua", { let mut own = near.bob.actor(); own["icon"] = json!({ "type": "Image", "url": near.others.url("a", "/i.png") }); own["attachment"] = json!([{ "type": "PropertyValue", "name": "x", "value": "y" }]); own }),
            near.bob.activity("Delete", "/d", json!({ "type": "Tombstone", "id": near.bob.at("/n/0"), "atomUri": near.bob.at("/n/0") })),
            near.bob.activity("Announce", "/a", names[5].clone()),
            near.bob.activity("Announce", "/a2", near.bob.activity("Create", "/c3", near.note("/n/3", json!({})))),
            near.bob.activity("Like", "/l", names[2].clone()),
            { let mut react = near.bob.activity("EmojiReact", "/e", names[2].clone()); react["content"] = ":cat:".into(); react },
            near.bob.activity("Follow", "/f", names[0].clone()),
            near.bob.activity("Accept", "/acc", near.bob.activity("Follow", "/f", names[0].clone())),
            near.bob.activity("Reject", "/rej", near.bob.activity("Follow", "/f", names[0].clone())),
            near.bob.activity("Undo", "/un", near.bob.activity("Like", "/l", names[2].clone())),
            near.bob.activity("Undo", "/un2", near.bob.activity("Announce", "/a", names[5].clone())),
            near.bob.activity("Block", "/b", names[1].clone()),
            { let mut add = near.bob.activity("Add", "/add", near.bob.at("/n/0")); add["target"] = near.bob.at("/featured").into(); add },
            { let mut remove = near.bob.activity("Remove", "/rem", near.bob.at("/n/0")); remove["target"] = near.bob.at("/featured").into(); remove },
        ];
        let before = near.rows_of_others(&victim).await;
        let from = near.knows(&near.bob).await;
        let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
        let changes = prop::collection::vec((any::<prop::sample::Index>(), 0..14_usize, any::<prop::sample::Index>()), 1..4);
        let case = (any::<prop::sample::Index>(), changes, any::<bool>());
        let mut received = 0;
        for number in 0..CASES {
            let (which, changes, personal) = case.new_tree(&mut runner).unwrap().current();
            let mut hostile = which.get(&valid).clone();
            for (place, kind, name) in changes {
                let places = places(&hostile);
                change(&mut hostile, place.get::<String>(&places), kind, name.get::<String>(&names));
            }
            // As the inbox reads it.
            let Ok(mut hostile) = activity::read(hostile.to_string().as_bytes()) else { continue };
            if let Some(id) = hostile.get("id").and_then(Value::as_str).map(|id| format!("{id}?{number}")) {
                hostile["id"] = id.into();
            }
            let told = hostile.to_string();
            let told = told.get(..2_000).unwrap_or(&told).to_owned();
            asks_others(&near.world.app, &hostile).await.unwrap();
            let inbound = Inbound { activity: hostile, actor: from.clone(), to: personal.then_some(near.carol().account), budget: Budget::default() };
            let done = tokio::time::timeout(Duration::from_secs(20), receive(&near.world.app, inbound)).await;
            assert!(matches!(done, Ok(Ok(_))), "case {number}: {done:?} of {told}");
            received += 1;
        }
        assert!(received > CASES / 2, "{received}");
        near.world.drain_jobs().await;
        assert_eq!(near.rows_of_others(&victim).await, before);
        let dead: Vec<(String, String)> = near.world.read(|r| async move {
            Ok(r.all(sql!("SELECT kind, COALESCE(last_error, '') FROM jobs WHERE last_error IS NOT NULL ORDER BY id"), args![]).await?)
        }).await;
        assert!(dead.iter().all(|(_, why)| !why.contains("panic") && !why.contains("sql") && !why.contains("database")), "{dead:?}");
    }
}

/// The places in a document, as JSON pointers.
fn places(document: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                let at = format!("{at}/{}", escaped(key));
                found.push(at.clone());
                walk(value, &at, found);
            }),
            Value::Array(list) => list.iter().enumerate().take(50).for_each(|(index, value)| {
                let at = format!("{at}/{index}");
                found.push(at.clone());
                walk(value, &at, found);
            }),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(document, "", &mut found);
    found.push("/extra".into());
    found
}

/// Puts something else, or nothing, at a place.
fn change(document: &mut Value, place: &str, kind: usize, name: &str) {
    let old = document.pointer(place).cloned().unwrap_or_default();
    let new = match kind {
        0 => json!(null),
        1 => json!([]),
        2 => json!({}),
        3 => json!(-1),
        4 => json!(1e300),
        5 => json!("x".repeat(100_000)),
        6 => json!("\0\u{202e}\u{fdfa}𝄞<script>alert(1)</script>"),
        7 => json!([old, old.clone()]),
        8 => json!((0..500).map(|_| old.clone()).collect::<Vec<_>>()),
        9 | 10 => json!(name),
        11 => json!({ "id": name, "type": "Note", "attributedTo": name, "content": "<p>forged</p>", "to": [PUBLIC] }),
        12 => json!([name, "+275760-09-13T00:00:00Z", true]),
        _ => {
            let (parent, key) = place.rsplit_once('/').unwrap_or_default();
            if let Some(Value::Object(map)) = document.pointer_mut(parent) {
                map.remove(&key.replace("~1", "/").replace("~0", "~"));
            }
            return;
        }
    };
    if let Some(at) = document.pointer_mut(place) {
        *at = new;
    }
}
