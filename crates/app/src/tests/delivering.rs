//! Sending to other servers: what arrives, what is tried again, and who gets nothing any more.

use std::ops::Deref;
use std::time::Duration;

use serde_json::json;
use store::deliveries::Shown;
use store::hosts::Waiting;
use store::{AccountId, Reader, StatusId, deliveries, hosts};
use tokio_util::sync::CancellationToken;

use crate::federation::engine;
use crate::federation::outgoing::deliver;
use crate::jobs::Workers;
use crate::queue::RefreshAccount;
use crate::statuses::edit::{self, Changes};
use crate::stories;
use crate::testing::{Answer, Asked, DAY_MS, Engine, Fediverse, MINUTE_MS, World};
use crate::{Result, jobs, queue};

const SECOND_MS: i64 = 1_000;
/// Longer than a sender holds a host.
const LEASE_OVER_MS: i64 = 5 * MINUTE_MS;

/// A world with alice in it, and other servers around.
struct Far {
    world: World,
    fediverse: Fediverse,
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
        let world = World::with(engine, |options| options.outgoing = fediverse.outgoing()).await.with_user("alice").await;
        Far { world, fediverse }
    }

    fn alice(&self) -> AccountId {
        self.user("alice").account
    }

    fn inbox(&self, host: &str) -> String {
        self.fediverse.url(host, "/inbox")
    }

    /// Queues an activity with this number for inboxes.
    async fn queues(&self, number: usize, inboxes: Vec<String>) {
        let alice = self.alice();
        self.write(move |tx| async move {
            let activity = json!({ "id": format!("https://here.test/activities/{number}"), "type": "Like", "object": number });
            deliver::to_inboxes(&tx, alice, &activity, inboxes).await
        })
        .await;
    }

    /// Numbers of the activities that an inbox was sent, in order, however it answered.
    fn sent_to(&self, inbox: &str) -> Vec<u64> {
        self.fediverse.delivered(inbox).iter().map(|activity| activity["object"].as_u64().unwrap()).collect()
    }

    /// Kinds of the activities that an inbox was sent, in order.
    fn kinds_at(&self, inbox: &str) -> Vec<String> {
        self.fediverse.delivered(inbox).iter().map(|activity| activity["type"].as_str().unwrap().to_owned()).collect()
    }

    async fn edits(&self, status: StatusId, text: &str) {
        // An edit is known by its time.
        self.advance(1);
        let changes = Changes { text: Some(text.into()), ..Changes::default() };
        edit::edit(&self.app, &self.user("alice").viewer().await, status, changes).await.unwrap();
    }

    /// A follow of somebody on the host is gone.
    async fn leaves(&self, account: AccountId, target: AccountId) {
        self.write(move |tx| async move { Ok(store::follows::delete(&tx, account, target).await.map(drop)?) }).await;
    }

    fn posts_to(&self, inbox: &str) -> Vec<Asked> {
        self.fediverse.asked().into_iter().filter(|asked| asked.url == inbox).collect()
    }

    async fn waiting(&self) -> i64 {
        self.read(|r| async move { Ok(deliveries::counts(&r).await?.waiting) }).await
    }

    async fn dead(&self) -> Vec<Shown> {
        self.read(|r| async move { Ok(deliveries::list_dead(&r, 10).await?) }).await
    }

    async fn host(&self, host: &str) -> Option<Waiting> {
        let domain = self.fediverse.domain(host);
        self.read(|r: Reader| async move { Ok(hosts::list_waiting(&r, 1_000).await?) }).await.into_iter().find(|host| host.domain == domain)
    }

    /// Sends one activity to a host that answers so. Returns how often it was asked, and whether it waits.
    async fn tells(&self, host: &'static str, answer: Answer) -> (usize, bool) {
        let inbox = self.inbox(host);
        self.fediverse.takes(&inbox, answer);
        self.queues(1, vec![inbox.clone()]).await;
        self.drain_jobs().await;
        (self.posts_to(&inbox).len(), self.waiting().await > 0)
    }
}

stories! {
    async fn a_post_goes_once_to_each_of_two_hundred_hosts_and_is_kept_once(far: Far) {
        let names: Vec<String> = (0..200).map(|n| format!("h{n}")).collect();
        for name in &names {
            let somebody = far.knows(&far.fediverse.person(name, "bob")).await;
            far.joins(somebody, far.alice()).await;
        }
        let status = far.user("alice").posts("Hello, world").await;
        far.drain_jobs().await;
        let mut activities = std::collections::HashSet::new();
        for name in &names {
            let got = far.fediverse.delivered(&far.inbox(name));
            assert_eq!(got.len(), 1, "{name}");
            assert_eq!((&got[0]["type"], &got[0]["object"]["content"]), (&json!("Create"), &json!("<p>Hello, world</p>")));
            assert!(got[0]["@context"].is_array());
            activities.insert(got[0]["id"].to_string());
        }
        assert_eq!((activities.len(), far.waiting().await), (1, 0));
        let bodies = far.read(|r| async move { Ok(r.value::<i64>(store::sql!("SELECT COUNT(*) FROM delivery_bodies"), store::args![]).await?) }).await;
        assert_eq!(bodies, Some(1), "for {status}");
    }

    async fn a_delivery_is_signed_and_says_what_it_is(far: Far) {
        assert_eq!(far.tells("a", Answer::status(202)).await, (1, false));
        let asked = &far.posts_to(&far.inbox("a"))[0];
        assert_eq!(asked.headers["content-type"], "application/activity+json");
        assert!(asked.headers["signature"].contains("digest") && asked.headers["digest"].starts_with("SHA-256="));
    }

    async fn activities_of_one_actor_arrive_at_a_host_in_their_order(far: Far) {
        let inbox = far.inbox("a");
        for number in 0..30 {
            far.queues(number, vec![inbox.clone(), far.inbox("b")]).await;
        }
        far.drain_jobs().await;
        let expected: Vec<u64> = (0..30).collect();
        assert_eq!((far.sent_to(&inbox), far.sent_to(&far.inbox("b"))), (expected.clone(), expected));
    }

    async fn what_is_said_later_about_a_status_does_not_overtake_what_is_tried_again(far: Far) {
        let inbox = far.inbox("a");
        let bob = far.knows(&far.fediverse.person("a", "bob")).await;
        far.joins(bob, far.alice()).await;
        far.fediverse.takes_first(&inbox, [Answer::status(503), Answer::status(503)]);
        let alice = far.user("alice");
        let status = alice.posts("one").await;
        // In the same turn, and in turns to come.
        far.edits(status, "two").await;
        far.drain_jobs().await;
        assert_eq!(far.kinds_at(&inbox), ["Create"]);
        far.edits(status, "three").await;
        alice.posts("another").await;
        far.drain_jobs().await;
        assert_eq!(far.kinds_at(&inbox), ["Create", "Create"], "the other one is no news of the first");
        far.advance(MINUTE_MS);
        far.drain_jobs().await;
        far.advance(MINUTE_MS);
        far.drain_jobs().await;
        let said: Vec<_> = far.fediverse.delivered(&inbox).iter().map(|activity| activity["object"]["content"].as_str().unwrap().to_owned()).collect();
        let said: Vec<_> = said.iter().filter(|content| *content != "<p>another</p>").collect();
        assert_eq!(said, ["<p>one</p>", "<p>one</p>", "<p>two</p>", "<p>three</p>"]);
        assert_eq!(far.waiting().await, 0);
    }

    async fn a_deleted_status_is_not_sent_again_and_whom_it_waited_for_hears_of_the_deletion(far: Far) {
        let [a, b] = [far.inbox("a"), far.inbox("b")];
        let mut leaver = far.alice();
        for host in ["a", "b"] {
            leaver = far.knows(&far.fediverse.person(host, "bob")).await;
            far.joins(leaver, far.alice()).await;
            far.fediverse.takes_first(&far.inbox(host), [Answer::status(503)]);
        }
        let alice = far.user("alice");
        let status = alice.posts("one").await;
        far.drain_jobs().await;
        far.leaves(leaver, far.alice()).await;
        alice.deletes(status).await;
        far.drain_jobs().await;
        assert_eq!((far.kinds_at(&a), far.kinds_at(&b)), (vec!["Create".to_owned(), "Delete".into()], vec!["Create".to_owned(), "Delete".into()]));
        far.advance(DAY_MS);
        far.drain_jobs().await;
        assert_eq!((far.kinds_at(&a).len(), far.kinds_at(&b).len(), far.waiting().await), (2, 2, 0));
    }

    async fn a_deleted_status_cannot_be_sent_again_from_the_dead_letters(far: Far) {
        let inbox = far.inbox("a");
        let bob = far.knows(&far.fediverse.person("a", "bob")).await;
        far.joins(bob, far.alice()).await;
        far.fediverse.takes(&inbox, Answer::status(429));
        let status = far.user("alice").posts("one").await;
        for _ in 0..16 {
            far.drain_jobs().await;
            far.advance(DAY_MS);
        }
        assert_eq!(far.dead().await.len(), 1);
        far.fediverse.takes(&inbox, Answer::status(202));
        far.fediverse.forgets();
        far.user("alice").deletes(status).await;
        assert_eq!(jobs::revive(&far.app, None).await.unwrap(), 0);
        far.drain_jobs().await;
        assert_eq!(far.kinds_at(&inbox), ["Delete"]);
    }

    async fn what_is_accepted_or_not_wanted_is_not_sent_again(far: Far) {
        for (host, status, requests) in
            [("a", 200, 1), ("b", 204, 1), ("c", 404, 1), ("d", 403, 1), ("e", 422, 1), ("f", 501, 1), ("g", 410, 1), ("h", 400, 2)]
        {
            assert_eq!(far.tells(host, Answer::status(status)).await, (requests, false), "{status}");
        }
        assert!(far.dead().await.is_empty());
    }

    async fn what_may_go_better_another_time_is_sent_again(far: Far) {
        for (host, status) in [("a", 500), ("b", 503), ("c", 408), ("d", 429), ("e", 302)] {
            let inbox = far.inbox(host);
            assert_eq!(far.tells(host, Answer::status(status)).await, (1, true), "{status}");
            far.advance(14 * SECOND_MS);
            far.drain_jobs().await;
            assert_eq!(far.sent_to(&inbox).len(), 1, "{status}: too early");
            far.fediverse.takes(&inbox, Answer::status(202));
            far.advance(12 * SECOND_MS);
            far.drain_jobs().await;
            assert_eq!((far.sent_to(&inbox).len(), far.waiting().await), (2, 0), "{status}");
        }
    }

    async fn a_host_whose_tls_fails_is_tried_again(far: Far) {
        let inbox = far.inbox("a").replace("http://", "https://");
        far.queues(1, vec![inbox]).await;
        far.drain_jobs().await;
        assert_eq!(far.waiting().await, 1);
        assert_eq!(far.host("a").await.unwrap().failures, 1);
    }

    async fn a_redirect_is_not_followed(far: Far) {
        far.tells("a", Answer::redirect(&far.inbox("b"))).await;
        assert!(far.fediverse.delivered(&far.inbox("b")).is_empty());
    }

    async fn a_host_says_when_it_has_time(far: Far) {
        let inbox = far.inbox("a");
        assert_eq!(far.tells("a", Answer::status(429).with("retry-after", "120")).await, (1, true));
        far.fediverse.takes(&inbox, Answer::status(202));
        far.queues(2, vec![inbox.clone()]).await;
        far.advance(119 * SECOND_MS);
        far.drain_jobs().await;
        assert_eq!(far.sent_to(&inbox), [1], "all of it waits");
        far.advance(SECOND_MS);
        far.drain_jobs().await;
        assert_eq!((far.sent_to(&inbox), far.waiting().await), (vec![1, 2, 1], 0));
    }

    async fn a_signature_that_is_not_understood_is_made_once_in_the_other_dialect_which_is_remembered(far: Far) {
        let inbox = far.inbox("a");
        far.fediverse.takes_first(&inbox, [Answer::status(401).with("accept-signature", r#"sig1=("@method" "@target-uri" "content-digest");created"#)]);
        assert_eq!(far.tells("a", Answer::status(202)).await, (2, false));
        let dialects = || far.posts_to(&inbox).iter().map(|asked| asked.headers.contains_key("signature-input")).collect::<Vec<_>>();
        assert_eq!(dialects(), [false, true]);
        far.queues(2, vec![inbox.clone()]).await;
        far.drain_jobs().await;
        assert_eq!(dialects(), [false, true, true]);
        far.fediverse.takes_first(&inbox, [Answer::status(401)]);
        far.queues(3, vec![inbox.clone()]).await;
        far.drain_jobs().await;
        assert_eq!(dialects(), [false, true, true, true, false], "it may change its mind");
    }

    async fn an_inbox_that_always_asks_for_another_signature_gets_two_requests(far: Far) {
        let challenge = Answer::status(401).with("accept-signature", r#"sig1=("@method");created;nonce="x""#);
        assert_eq!(far.tells("a", challenge).await, (2, true));
    }

    async fn an_inbox_that_is_gone_is_forgotten(far: Far) {
        let bob = far.fediverse.person("a", "bob");
        let known = far.knows(&bob).await;
        far.joins(known, far.alice()).await;
        far.fediverse.takes(&bob.shared_inbox(), Answer::status(410));
        far.user("alice").posts("one").await;
        far.drain_jobs().await;
        far.user("alice").posts("two").await;
        far.drain_jobs().await;
        assert_eq!((far.fediverse.delivered(&bob.shared_inbox()).len(), far.fediverse.delivered(&bob.inbox()).len()), (1, 1));
    }

    async fn only_the_inboxes_that_failed_are_tried_again(far: Far) {
        let [good, bad] = ["/good", "/bad"].map(|path| far.fediverse.url("a", path));
        far.fediverse.takes(&bad, Answer::status(500));
        far.queues(1, vec![good.clone(), bad.clone()]).await;
        far.drain_jobs().await;
        far.advance(MINUTE_MS);
        far.drain_jobs().await;
        assert_eq!((far.sent_to(&good).len(), far.sent_to(&bad).len()), (1, 2));
    }

    async fn a_delivery_is_laid_among_the_dead_letters_after_sixteen_tries_and_can_be_sent_again(far: Far) {
        let inbox = far.inbox("a");
        far.tells("a", Answer::status(429)).await;
        for _ in 1..16 {
            far.advance(DAY_MS);
            far.drain_jobs().await;
        }
        let dead = far.dead().await;
        assert_eq!((far.sent_to(&inbox).len(), dead.len(), dead[0].last_error.as_deref()), (16, 1, Some("the answer was 429")));
        far.advance(DAY_MS);
        far.drain_jobs().await;
        assert_eq!(far.sent_to(&inbox).len(), 16);
        far.fediverse.takes(&inbox, Answer::status(202));
        assert_eq!(jobs::revive(&far.app, Some(dead[0].id.0)).await.unwrap(), 1);
        far.drain_jobs().await;
        assert_eq!((far.sent_to(&inbox).len(), far.dead().await.len(), far.waiting().await), (17, 0, 0));
    }

    async fn a_host_that_fails_ten_times_rests_for_a_minute(far: Far) {
        let inbox = far.inbox("a");
        far.fediverse.takes(&inbox, Answer::status(500));
        for number in 0..15 {
            far.queues(number, vec![inbox.clone()]).await;
        }
        far.drain_jobs().await;
        assert_eq!(far.sent_to(&inbox), (0..10).collect::<Vec<u64>>());
        far.queues(15, vec![inbox.clone()]).await;
        far.advance(59 * SECOND_MS);
        far.drain_jobs().await;
        assert_eq!(far.sent_to(&inbox).len(), 10);
        far.fediverse.takes(&inbox, Answer::status(202));
        far.advance(SECOND_MS);
        far.drain_jobs().await;
        assert_eq!((far.sent_to(&inbox).len(), far.waiting().await), (26, 0));
        assert!(far.host("a").await.is_none(), "nothing is held against it");
    }

    async fn a_host_that_fails_on_seven_days_gets_nothing_until_it_shows_that_it_lives(far: Far) {
        let (inbox, domain) = (far.inbox("a"), far.fediverse.domain("a"));
        far.fediverse.takes(&inbox, Answer::status(500));
        for day in 1..=7 {
            for number in 0..2 {
                far.queues(number, vec![inbox.clone()]).await;
                far.drain_jobs().await;
            }
            assert_eq!(far.host("a").await.unwrap().failing_days, day);
            assert_eq!(far.host("a").await.unwrap().unavailable_at.is_some(), day == 7);
            far.advance(DAY_MS);
        }
        assert_eq!((far.waiting().await, far.dead().await.is_empty()), (0, false), "what waited is kept to be seen");
        far.fediverse.takes(&inbox, Answer::status(202));
        far.fediverse.forgets();
        far.queues(8, vec![inbox.clone(), far.inbox("b")]).await;
        far.drain_jobs().await;
        assert_eq!((far.sent_to(&inbox).len(), far.sent_to(&far.inbox("b")).len()), (0, 1));
        far.write(move |tx| async move { Ok(hosts::alive(&tx, &domain).await?) }).await;
        far.queues(9, vec![inbox.clone()]).await;
        far.drain_jobs().await;
        assert_eq!(far.sent_to(&inbox), [9]);
    }

    async fn one_success_makes_up_for_failing_days(far: Far) {
        let inbox = far.inbox("a");
        for day in 0..10 {
            let status = if day % 3 == 2 { 202 } else { 500 };
            far.fediverse.takes(&inbox, Answer::status(status));
            far.queues(day, vec![inbox.clone()]).await;
            far.drain_jobs().await;
            far.advance(DAY_MS);
        }
        assert!(far.host("a").await.unwrap().failing_days < 3);
    }

    async fn what_was_on_its_way_when_the_server_died_is_sent_by_the_next_one(far: Far) {
        let inbox = far.inbox("a");
        far.fediverse.takes_first(&inbox, [Answer::never()]);
        far.queues(1, vec![inbox.clone()]).await;
        let sender = tokio::spawn(engine::run(far.app.clone(), CancellationToken::new()));
        far.fediverse.waits_for(|asked| asked.url == inbox).await;
        sender.abort();
        assert!(sender.await.unwrap_err().is_cancelled());
        let again = far.opened_again().await;
        jobs::recover(&again).await.unwrap();
        if again.db.engine() == store::dialect::Engine::Postgres {
            far.advance(LEASE_OVER_MS);
        }
        jobs::drain(&again).await.unwrap();
        assert_eq!((far.sent_to(&inbox), far.waiting().await), (vec![1, 1], 0));
    }

    async fn a_host_is_its_senders_own_as_long_as_its_turn_lasts_and_no_longer(far: Far) {
        let inbox = far.inbox("a");
        far.fediverse.takes_first(&inbox, [Answer::never()]);
        far.queues(1, vec![inbox.clone()]).await;
        let sender = tokio::spawn(engine::run(far.app.clone(), CancellationToken::new()));
        far.fediverse.waits_for(|asked| asked.url == inbox).await;
        let another_claims = || far.write(|tx| async move { Ok(hosts::claim(&tx, "another", false, 9, MINUTE_MS).await?.len()) });
        for _ in 0..4 {
            far.advance(2 * MINUTE_MS);
            while far.host("a").await.unwrap().next_try_at < Some(far.now() + 2 * MINUTE_MS) {
                tokio::task::yield_now().await;
            }
            assert_eq!(another_claims().await, 0);
        }
        sender.abort();
        assert!(sender.await.unwrap_err().is_cancelled());
        far.advance(LEASE_OVER_MS);
        assert_eq!(another_claims().await, 1);
    }

    async fn a_host_that_stalls_keeps_no_other_from_being_fetched(far: Far) {
        let slow = far.fediverse.person("slow", "sam");
        let mut people = vec![slow.clone()];
        people.extend((0..40).map(|n| far.fediverse.person(&format!("h{n}"), "bob")));
        far.fediverse.serves(&slow.uri, Answer::never());
        for person in &people {
            let account = far.knows(person).await;
            far.write(move |tx| async move { queue::enqueue(&tx, &RefreshAccount { account }).await }).await;
        }
        let stop = CancellationToken::new();
        let workers = Workers::start(&far.app, &stop);
        for person in &people[1..] {
            far.fediverse.waits_for(|asked| asked.url == person.uri).await;
        }
        let waiting = far.read(|r| async move { Ok(r.value::<i64>(store::sql!("SELECT COUNT(*) FROM jobs WHERE attempts = 1 AND last_error IS NULL"), store::args![]).await?) });
        assert!(waiting.await > Some(0), "it waits for the host still");
        stop.cancel();
        workers.stopped().await;
    }

    async fn a_stop_gives_back_what_is_on_its_way(far: Far) {
        let inbox = far.inbox("a");
        far.fediverse.takes_first(&inbox, [Answer::never()]);
        far.queues(1, vec![inbox.clone()]).await;
        let stop = CancellationToken::new();
        let sender = tokio::spawn(engine::run(far.app.clone(), stop.clone()));
        far.fediverse.waits_for(|asked| asked.url == inbox).await;
        stop.cancel();
        sender.await.unwrap();
        far.drain_jobs().await;
        assert_eq!((far.sent_to(&inbox), far.waiting().await), (vec![1, 1], 0));
    }

    async fn what_nobody_can_sign_any_more_is_dropped(far: Far) {
        let inbox = far.inbox("a");
        far.queues(1, vec![inbox.clone()]).await;
        let alice = far.alice();
        far.write(move |tx| async move { Ok(store::accounts::delete(&tx, alice).await?) }).await;
        far.drain_jobs().await;
        assert_eq!((far.sent_to(&inbox).len(), far.waiting().await, far.dead().await.len()), (0, 0, 0));
    }

    async fn hosts_that_never_answer_do_not_hold_up_the_others(far: Far) {
        let (silent, good): (Vec<String>, Vec<String>) = ((0..60).map(|n| format!("s{n}")).collect(), (0..140).map(|n| format!("g{n}")).collect());
        for name in &silent {
            far.fediverse.takes(&far.inbox(name), Answer::never());
        }
        let all: Vec<String> = silent.iter().chain(&good).map(|name| far.inbox(name)).collect();
        for number in 0..3 {
            far.queues(number, all.clone()).await;
        }
        let stop = CancellationToken::new();
        let sender = tokio::spawn(engine::run(far.app.clone(), stop.clone()));
        for name in &good {
            let inbox = far.inbox(name);
            far.fediverse.waits_for(|asked| asked.url == inbox && asked.json()["object"] == 2).await;
        }
        for name in &silent {
            let inbox = far.inbox(name);
            far.fediverse.waits_for(|asked| asked.url == inbox).await;
            assert_eq!(far.sent_to(&inbox), [0], "it has not answered yet");
        }
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(60), sender).await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_queued_when_the_transaction_fails() {
    let far = Far::new(Engine::Sqlite).await;
    let (alice, inbox) = (far.alice(), far.inbox("a"));
    let failed: Result<()> = far
        .app
        .write(move |tx| async move {
            deliver::to_inboxes(&tx, alice, &json!({ "id": "https://here.test/1" }), vec![inbox]).await?;
            Err(crate::Error::not_found())
        })
        .await;
    assert!(failed.is_err());
    far.drain_jobs().await;
    assert!(far.fediverse.asked().is_empty());
}
