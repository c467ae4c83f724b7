//! Whom on other servers an activity reaches.

use std::ops::Deref;

use serde_json::{Value, json};
use store::{AccountId, StatusId, audit_log::Origin};

use crate::accounts::update::{self, Change};
use crate::federation::domains;
use crate::jobs;
use crate::statuses::edit::{self, Changes};
use crate::statuses::{pin, poll};
use crate::stories;
use crate::testing::{Engine, Fediverse, MINUTE_MS, Person, RemotePerson, World};

/// alice, followed by fay from elsewhere; max lives elsewhere, too, and nobody there follows anybody.
struct Far {
    world: World,
    fediverse: Fediverse,
    fay: RemotePerson,
    max: RemotePerson,
    max_id: AccountId,
}

impl Deref for Far {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

impl Far {
    async fn new(engine: Engine) -> Far {
        let fediverse = Fediverse::open().await;
        let world = World::with(engine, |options| options.outgoing = fediverse.outgoing()).await.with_users(["alice", "bob"]).await;
        let (fay, max) = (fediverse.person("f", "fay"), fediverse.person("m", "max"));
        let (fay_id, max_id) = (world.knows(&fay).await, world.knows(&max).await);
        world.joins(fay_id, world.user("alice").account).await;
        Far { world, fediverse, fay, max, max_id }
    }

    /// alice posts something that names max.
    async fn tells_max(&self, visibility: &str) {
        self.user("alice").posts_as(&format!("hello @{}@{}", self.max.username, self.max.domain), visibility).await;
    }

    /// All that was handed out to fay, when whatever waits has had its turn: kind and content.
    async fn said_to_fay(&self) -> Vec<(String, String)> {
        for _ in 0..8 {
            self.drain_jobs().await;
            self.advance(1_000);
        }
        let [fay, _] = self.arrived().await;
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        fay.iter().map(|activity| (word(&activity["type"]), word(&activity["object"]["content"]))).collect()
    }

    /// Has alice followed by so many, as far as is counted.
    async fn counts_followers(&self, count: i64) {
        let alice = self.user("alice").account;
        let set = store::sql!("UPDATE account_stats SET followers_count = $2 WHERE account_id = $1");
        assert_eq!(self.write(move |tx| async move { Ok(tx.exec(set, store::args![alice, count]).await?) }).await, 1);
    }

    async fn edits(&self, status: StatusId, text: &str) {
        self.edits_of(&self.user("alice"), status, text).await;
    }

    async fn edits_of(&self, author: &Person, status: StatusId, text: &str) {
        let changes = Changes { text: Some(text.into()), ..Changes::default() };
        edit::edit(&self.app, &author.viewer().await, status, changes).await.unwrap();
    }

    /// What came to fay and to max since the last time it was asked.
    async fn arrived(&self) -> [Vec<Value>; 2] {
        self.drain_jobs().await;
        let arrived = [&self.fay, &self.max].map(|person| self.fediverse.delivered(&person.shared_inbox()));
        self.fediverse.forgets();
        arrived
    }

    async fn kinds(&self) -> [Vec<String>; 2] {
        self.arrived().await.map(|activities| activities.iter().map(|activity| activity["type"].as_str().unwrap().to_owned()).collect())
    }
}

fn kinds<const F: usize, const M: usize>(fay: [&str; F], max: [&str; M]) -> [Vec<String>; 2] {
    [fay.map(str::to_owned).to_vec(), max.map(str::to_owned).to_vec()]
}

stories! {
    async fn a_status_reaches_followers_and_those_mentioned_as_its_visibility_says(far: Far) {
        let alice = far.user("alice");
        for visibility in ["public", "unlisted", "private"] {
            alice.posts_as("hello", visibility).await;
            assert_eq!(far.kinds().await, kinds(["Create"], []), "{visibility}");
        }
        far.tells_max("private").await;
        assert_eq!(far.kinds().await, kinds(["Create"], ["Create"]));
        far.tells_max("direct").await;
        assert_eq!(far.kinds().await, kinds([], ["Create"]));
        alice.posts_as("nobody", "direct").await;
        assert_eq!(far.kinds().await, kinds([], []));
    }

    async fn a_shared_inbox_gets_a_status_once_and_who_has_none_has_their_own(far: Far) {
        let (ann, ben) = (far.fediverse.person("f", "ann"), far.fediverse.person("p", "ben"));
        for person in [&ann, &ben] {
            let id = far.knows(person).await;
            far.joins(id, far.user("alice").account).await;
        }
        let own = ben.shared_inbox();
        far.write(move |tx| async move { Ok(store::deliveries::forget_inbox(&tx, &own).await?) }).await;
        far.user("alice").posts("hello").await;
        far.drain_jobs().await;
        let got = |inbox: &str| far.fediverse.delivered(inbox).len();
        assert_eq!([got(&ann.shared_inbox()), got(&ann.inbox()), got(&far.fay.inbox()), got(&ben.shared_inbox()), got(&ben.inbox())], [1, 0, 0, 0, 1]);
    }

    async fn an_answer_reaches_its_parents_author_or_the_parents_followers(far: Far) {
        let bob = far.user("bob");
        let theirs = far.hears(far.max_id, None).await;
        bob.replies(theirs, "yes").await;
        assert_eq!(far.kinds().await, kinds([], ["Create"]));
        let hers = far.user("alice").posts("question").await;
        far.arrived().await;
        bob.replies(hers, "answer").await;
        assert_eq!(far.kinds().await, kinds(["Create"], []), "alice's followers");
        bob.posts_with("quietly", |draft| (draft.in_reply_to_id, draft.visibility) = (Some(hers), Some("private".into()))).await;
        assert_eq!(far.kinds().await, kinds([], []));
    }

    async fn edits_and_deletions_reach_who_reblogged_favoured_or_answered(far: Far) {
        let alice = far.user("alice");
        let status = alice.posts("hello").await;
        far.arrived().await;
        far.hears(far.max_id, Some((status, alice.account))).await;
        let changes = Changes { text: Some("hullo".into()), ..Changes::default() };
        edit::edit(&far.app, &alice.viewer().await, status, changes).await.unwrap();
        let [fay, max] = far.arrived().await;
        assert_eq!((fay.len(), max.len(), &max[0]["type"], &max[0]["object"]["content"]), (1, 1, &json!("Update"), &json!("<p>hullo</p>")));
        alice.deletes(status).await;
        let [fay, max] = far.arrived().await;
        assert_eq!((fay.len(), max.len(), &fay[0]["type"], &fay[0]["object"]["type"]), (1, 1, &json!("Delete"), &json!("Tombstone")));
        let uri = fay[0]["object"]["id"].as_str().unwrap().to_owned();
        assert!(far.read(move |r| async move { Ok(store::tombstones::exists(&r, &uri).await?) }).await);
    }

    async fn edits_and_deletions_reach_more_than_a_thousand_who_favoured_a_status(far: Far) {
        let alice = far.user("alice");
        let status = alice.posts("hello").await;
        far.write(move |tx| async move {
            for n in 0..1_200 {
                let (id, name, host) = (AccountId(tx.next_id()), format!("p{n}"), "many.localhost:1");
                store::remote_accounts::insert(&tx, id, &name, host, &format!("http://{host}/users/{name}"), tx.now()).await?;
                store::favourites::insert(&tx, id, status).await?;
            }
            Ok(())
        })
        .await;
        let last = far.fediverse.person("z", "zoe");
        let id = far.knows(&last).await;
        far.write(move |tx| async move { Ok(store::favourites::insert(&tx, id, status).await.map(drop)?) }).await;
        far.arrived().await;
        far.edits(status, "hullo").await;
        far.drain_jobs().await;
        alice.deletes(status).await;
        far.drain_jobs().await;
        let kinds: Vec<Value> = far.fediverse.delivered(&last.shared_inbox()).iter().map(|activity| activity["type"].clone()).collect();
        assert_eq!(kinds, ["Update", "Delete"]);
    }

    async fn what_somebody_says_arrives_in_the_order_in_which_it_was_said(far: Far) {
        let alice = far.user("alice");
        for followers in [1, 5_000] {
            far.counts_followers(followers).await;
            let first = alice.posts("one").await;
            far.edits(first, "1").await;
            let second = alice.posts("two").await;
            alice.deletes(first).await;
            far.edits(second, "2").await;
            let expected = [("Create", "<p>one</p>"), ("Update", "<p>1</p>"), ("Create", "<p>two</p>"), ("Delete", ""), ("Update", "<p>2</p>")];
            // What has not been sent when it is deleted is taken back; what is still being handed out arrives, and then goes.
            let expected = &expected[if followers == 1 { 2 } else { 0 }..];
            let said = far.said_to_fay().await;
            assert_eq!(said.iter().map(|(kind, content)| (kind.as_str(), content.as_str())).collect::<Vec<_>>(), expected, "{followers}");
        }
    }

    async fn what_is_said_later_waits_while_something_is_being_handed_out(far: Far) {
        let alice = far.user("alice");
        far.counts_followers(5_000).await;
        alice.posts("first").await;
        far.counts_followers(1).await;
        alice.posts("second").await;
        let waiting = far.read(|r| async move { Ok(store::deliveries::counts(&r).await?.waiting) }).await;
        assert_eq!(waiting, 0, "a job hands out the first, then the second");
        assert_eq!(far.said_to_fay().await, ["first", "second"].map(|text| ("Create".into(), format!("<p>{text}</p>"))));
        alice.posts("third").await;
        let waiting = far.read(|r| async move { Ok(store::deliveries::counts(&r).await?.waiting) }).await;
        assert_eq!(waiting, 1, "nothing is in its way");
    }

    async fn a_post_costs_the_same_however_many_follow(far: Far) {
        let (alice, bob) = (far.user("alice"), far.user("bob"));
        let (alone, _) = far.statements_of(bob.posts("hello")).await;
        let (followed, _) = far.statements_of(alice.posts("hello")).await;
        for n in 0..1_000 {
            let domain = format!("h{}.localhost:1", n % 200);
            let person = RemotePerson { username: format!("p{n}"), uri: format!("http://{domain}/users/p{n}"), domain };
            let (id, account) = (far.knows(&person).await, alice.account);
            let options = store::follows::Options { show_reblogs: true, notify: false, languages: None };
            far.write(move |tx| async move { Ok(store::follows::insert(&tx, id, account, &options).await.map(drop)?) }).await;
        }
        // All that took a while, and who she is is remembered for some seconds only.
        alice.viewer().await;
        let begun = std::time::Instant::now();
        let (by_many, _) = far.statements_of(alice.posts("hello")).await;
        println!("statements of a post: {alone} for nobody elsewhere, {followed} for one, {by_many} for 1,000 on 200 hosts in {:?}", begun.elapsed());
        assert_eq!(followed, by_many);
        let rows = far.read(|r| async move { Ok(store::deliveries::counts(&r).await?.waiting) }).await;
        assert_eq!(rows, 202);
    }

    async fn what_nobody_elsewhere_hears_of_costs_nothing(far: Far) {
        let (alice, bob) = (far.user("alice"), far.user("bob"));
        alice.follows(&bob).await;
        let status = bob.posts("hello").await;
        far.edits_of(&bob, status, "hullo").await;
        alice.favourites(status).await;
        alice.reblogs(status).await;
        far.arrived().await;
        bob.replies(status, "and").await;
        bob.posts_as("@alice psst", "direct").await;
        bob.deletes(status).await;
        let bob = bob.account;
        let count = store::sql!("SELECT COUNT(*) FROM delivery_bodies WHERE actor_account_id = $1");
        assert_eq!(far.read(move |r| async move { Ok(r.value::<i64>(count, store::args![bob]).await?) }).await, Some(0));
    }

    async fn every_activity_has_an_id_of_its_own(far: Far) {
        let alice = far.user("alice");
        let (theirs, own) = (far.hears(far.max_id, None).await, alice.posts_as("for my own", "private").await);
        let viewer = alice.viewer().await;
        let public = alice.posts("look").await;
        far.tells_max("public").await;
        for round in 0..2 {
            for status in [theirs, own] {
                alice.reblogs(status).await;
                alice.unreblogs(status).await;
            }
            alice.favourites(theirs).await;
            alice.unfavourites(theirs).await;
            crate::accounts::follow::follow(&far.app, &viewer, far.max_id, Default::default()).await.unwrap();
            crate::accounts::follow::unfollow(&far.app, &viewer, far.max_id).await.unwrap();
            crate::accounts::block::block(&far.app, &viewer, far.max_id).await.unwrap();
            crate::accounts::block::unblock(&far.app, &viewer, far.max_id).await.unwrap();
            pin::pin(&far.app, &viewer, public).await.unwrap();
            pin::unpin(&far.app, &viewer, public).await.unwrap();
            far.edits(public, &format!("look {round}")).await;
            far.advance(1_000);
        }
        far.drain_jobs().await;
        let inboxes = [far.fay.shared_inbox(), far.max.shared_inbox(), far.max.inbox()];
        for inbox in inboxes {
            let said: Vec<String> = far.fediverse.delivered(&inbox).iter().map(|activity| activity["id"].as_str().unwrap().to_owned()).collect();
            let distinct: std::collections::HashSet<&String> = said.iter().collect();
            assert!(said.len() > 3 && distinct.len() == said.len(), "{inbox}: {said:#?}");
            for activity in far.fediverse.delivered(&inbox) {
                assert!(activity.get("bto").is_none() && activity.get("bcc").is_none());
                if activity["type"] == "Undo" {
                    let undone = activity["object"]["id"].as_str().unwrap();
                    assert!(said.iter().any(|id| id == undone), "{undone} was said before");
                }
            }
        }
    }

    async fn a_limited_author_speaks_directly_to_followers_only(far: Far) {
        let alice = far.user("alice");
        far.limits(&alice).await;
        let names = format!("@{}@{} @{}@{} psst", far.fay.username, far.fay.domain, far.max.username, far.max.domain);
        alice.posts_as(&names, "direct").await;
        let [fay, max] = far.arrived().await;
        assert_eq!((fay.len(), max.len(), &fay[0]["to"]), (1, 0, &json!([far.fay.uri])));
        alice.posts_as(&format!("@{}@{} psst", far.max.username, far.max.domain), "direct").await;
        assert_eq!(far.kinds().await, kinds([], []), "what is addressed to nobody is sent to nobody");
    }

    async fn an_answer_does_not_reach_whom_its_author_blocks_among_the_parents_followers(far: Far) {
        let bob = far.user("bob");
        let hers = far.user("alice").posts("question").await;
        far.arrived().await;
        let domain = far.fay.domain.clone();
        let account = bob.account;
        far.write(move |tx| async move { Ok(store::domain_blocks::insert(&tx, account, &domain).await?) }).await;
        bob.replies(hers, "answer").await;
        assert_eq!(far.kinds().await, kinds([], []));
    }

    async fn nothing_is_sent_to_a_blocked_server_even_if_it_was_queued_before(far: Far) {
        far.user("alice").posts("hello").await;
        let block = domains::Block { severity: domains::Severity::Suspend, ..Default::default() };
        domains::block(&far.app, Origin::Cli, &far.fay.domain, block).await.unwrap();
        assert_eq!(far.kinds().await, kinds([], []));
        let waiting = far.read(|r| async move { Ok(store::deliveries::counts(&r).await?.waiting) }).await;
        assert_eq!(waiting, 0);
    }

    async fn people_named_by_an_edit_are_looked_for_and_reached(far: Far) {
        let zoe = far.fediverse.person("z", "zoe");
        let status = far.user("alice").posts("hello").await;
        far.edits(status, &format!("hello @zoe@{}", zoe.domain)).await;
        far.drain_jobs().await;
        assert_eq!(far.fediverse.delivered(&zoe.shared_inbox())[0]["object"]["tag"][0]["href"], zoe.uri);
    }

    async fn nobody_is_told_of_an_account_that_was_never_confirmed(far: Far) {
        let account = far.user("alice").account;
        far.write(move |tx| async move { Ok(tx.exec(store::sql!("UPDATE users SET confirmed_at = NULL WHERE account_id = $1"), store::args![account]).await?) })
            .await;
        crate::accounts::delete::delete(&far.app, Origin::System, account).await.unwrap();
        far.drain_removal().await;
        assert_eq!(far.kinds().await, kinds([], []));
        assert!(far.read(move |r| async move { Ok(store::accounts::find(&r, account).await?.is_none()) }).await);
    }

    async fn a_reblog_reaches_its_author_too_and_so_does_its_undoing(far: Far) {
        let alice = far.user("alice");
        let theirs = far.hears(far.max_id, None).await;
        let reblog = alice.reblogs(theirs).await;
        let [fay, max] = far.arrived().await;
        assert_eq!((fay.len(), max.len(), &max[0]["type"]), (1, 1, &json!("Announce")));
        alice.unreblogs(theirs).await;
        let [fay, undone] = far.arrived().await;
        assert_eq!((fay.len(), undone.len(), &undone[0]["type"]), (1, 1, &json!("Undo")));
        assert_eq!((&undone[0]["object"]["id"], &undone[0]["object"]["type"]), (&max[0]["id"], &json!("Announce")));
        alice.reblogs(theirs).await;
        far.arrived().await;
        let _ = reblog;
    }

    async fn pins_reach_followers_each_once(far: Far) {
        let alice = far.user("alice");
        let status = alice.posts("look").await;
        far.arrived().await;
        let viewer = alice.viewer().await;
        pin::pin(&far.app, &viewer, status).await.unwrap();
        assert_eq!(far.kinds().await, kinds(["Add"], []));
        for _ in 0..2 {
            pin::unpin(&far.app, &viewer, status).await.unwrap();
        }
        assert_eq!(far.kinds().await, kinds(["Remove"], []));
    }

    async fn changes_of_a_profile_are_gathered_for_a_few_seconds(far: Far) {
        let viewer = far.user("alice").viewer().await;
        for name in ["Al", "Ali", "Alice"] {
            let change = Change { display_name: Some(name.into()), ..Change::default() };
            update::update(&far.app, &viewer, change).await.unwrap();
        }
        far.advance(4_999);
        assert_eq!(far.kinds().await, kinds([], []));
        far.advance(1);
        let [fay, max] = far.arrived().await;
        assert_eq!((fay.len(), max.len(), &fay[0]["type"], &fay[0]["object"]["name"]), (1, 0, &json!("Update"), &json!("Alice")));
    }

    async fn tallies_are_gathered_for_three_minutes_and_sent_at_the_end(far: Far) {
        let (alice, bob) = (far.user("alice"), far.user("bob"));
        let status = alice
            .posts_with("tea?", |draft| {
                draft.poll = Some(poll::PollDraft { options: vec!["yes".into(), "no".into()], expires_in: Some(600), ..poll::PollDraft::default() });
            })
            .await;
        far.arrived().await;
        let id = far.read(move |r| async move { Ok(store::statuses::find(&r, status).await?.unwrap().poll_id.unwrap()) }).await;
        poll::vote(&far.app, &bob.viewer().await, id, vec![0]).await.unwrap();
        far.advance(3 * MINUTE_MS - 1);
        assert_eq!(far.kinds().await, kinds([], []));
        far.advance(1);
        let [fay, _] = far.arrived().await;
        assert_eq!((fay.len(), &fay[0]["object"]["oneOf"][0]["replies"]["totalItems"]), (1, &json!(1)));
        far.advance(10 * MINUTE_MS);
        let [fay, _] = far.arrived().await;
        assert!(fay.len() == 1 && fay[0]["object"]["closed"].is_string(), "{fay:?}");
    }

    async fn a_deleted_account_says_so_to_everybody_with_its_own_key(far: Far) {
        let alice = far.user("alice");
        alice.posts("hello").await;
        far.arrived().await;
        far.fediverse.takes(&far.max.shared_inbox(), crate::testing::Answer::status(503));
        crate::accounts::delete::delete(&far.app, Origin::Cli, alice.account).await.unwrap();
        far.drain_removal().await;
        let [fay, max] = far.arrived().await;
        assert_eq!((fay.len(), max.len(), &fay[0]["type"], &fay[0]["object"]), (1, 1, &json!("Delete"), &fay[0]["actor"]));
        let account = alice.account;
        let is_there = || far.read(move |r| async move { Ok(store::accounts::find(&r, account).await?.is_some()) });
        let left = far.read(move |r| async move { Ok((store::accounts::find(&r, account).await?, store::users::find_by_account(&r, account).await?)) }).await;
        assert!(left.0.is_some_and(|row| row.display_name.is_empty()), "its key is still needed");
        assert!(left.1.is_none(), "who it was is not");
        far.fediverse.takes(&far.max.shared_inbox(), crate::testing::Answer::status(202));
        far.advance(MINUTE_MS);
        assert_eq!(far.kinds().await, kinds([], ["Delete"]));
        far.advance(2 * MINUTE_MS);
        far.drain_removal().await;
        assert!(!is_there().await);
    }

    async fn what_reaches_many_is_handed_out_page_by_page_each_inbox_once(far: Far) {
        let alice = far.user("alice").account;
        for n in 0..1_100 {
            let person = RemotePerson { domain: "many.localhost:1".into(), username: format!("p{n}"), uri: format!("http://many.localhost:1/users/p{n}") };
            let id = far.knows(&person).await;
            far.write(move |tx| async move {
                let inbox = store::args![id];
                tx.exec(store::sql!("UPDATE accounts SET shared_inbox_url = '' WHERE id = $1"), inbox).await?;
                Ok(store::follows::insert(&tx, id, alice, &store::follows::Options { show_reblogs: true, notify: false, languages: None }).await.map(drop)?)
            })
            .await;
        }
        far.user("alice").posts("hello").await;
        for _ in 0..4 {
            jobs::run_due(&far.app, store::jobs::Lane::Deliver).await.unwrap();
        }
        let rows: Vec<String> = far
            .read(|r| async move { Ok(r.column(store::sql!("SELECT inboxes FROM deliveries WHERE domain = 'many.localhost:1'"), store::args![]).await?) })
            .await;
        let mut inboxes: Vec<String> = rows.iter().flat_map(|row| serde_json::from_str::<Vec<String>>(row).unwrap()).collect();
        assert_eq!(inboxes.len(), 1_100);
        inboxes.sort();
        inboxes.dedup();
        assert_eq!(inboxes.len(), 1_100);
        assert!(rows.len() < 30, "{} rows", rows.len());
    }
}
