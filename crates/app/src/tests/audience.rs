//! Whom on other servers an activity reaches.

use std::ops::Deref;

use serde_json::{Value, json};
use store::{AccountId, audit_log::Origin};

use crate::accounts::update::{self, Change};
use crate::jobs;
use crate::statuses::edit::{self, Changes};
use crate::statuses::{pin, poll};
use crate::stories;
use crate::testing::{Engine, Fediverse, MINUTE_MS, RemotePerson, World};

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
        let (status, max) = (self.user("alice").posts_as("hello", visibility).await, self.max_id);
        self.write(move |tx| async move { Ok(store::statuses::insert_mention(&tx, status, max, false).await?) }).await;
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

    async fn what_is_deleted_before_it_was_sent_is_not_sent(far: Far) {
        let alice = far.user("alice");
        let status = alice.posts("oops").await;
        alice.deletes(status).await;
        assert_eq!(far.kinds().await, kinds(["Delete"], []));
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
        assert!(is_there().await, "its key is still needed");
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
