//! Two processes on one PostgreSQL: what one does the other hears.

use crate::instance::change_setting;

use crate::app::App;
use crate::bus::Event;
use crate::clock::Clock;
use crate::jobs;
use crate::testing::place::Place;
use crate::testing::{Engine, START_MS, World, options};
use crate::{Origin, present};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;
use store::StatusId;
use store::jobs::Lane;
use tokio::sync::broadcast::error::TryRecvError;

/// Much longer than a bell takes.
const BELL_LIMIT: Duration = Duration::from_secs(20);

async fn two() -> (World, World) {
    let one = World::new(Engine::Postgres).await.with_users(["alice", "bob"]).await;
    let two = one.second_node().await;
    (one, two)
}

/// The same with a status of alice's.
async fn two_with_a_status() -> (World, World, StatusId) {
    let (one, two) = two().await;
    let id = one.user("alice").posts("hello").await;
    (one, two, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_in_the_order_of_commits_and_ones_own_come_once() {
    let (one, two) = two().await;
    let (mut here, mut there) = (one.app.bus.listen(), two.app.bus.listen());
    for number in 1..=20 {
        one.publishes(Event::MediaDone { media: store::MediaId(number) }).await;
    }
    for number in 1..=20 {
        let event = Event::MediaDone { media: store::MediaId(number) };
        assert_eq!((here.recv().await.unwrap(), there.recv().await.unwrap()), (event.clone(), event));
    }
    one.hears_all_of(&two).await;
    let last = here.recv().await.unwrap();
    assert!(matches!(last, Event::MediaDone { media } if media.0 != 20), "{last:?}");
    assert_eq!(here.try_recv(), Err(TryRecvError::Empty));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_rolled_back_is_told_to_nobody() {
    let (one, two) = two().await;
    let mut there = two.app.bus.listen();
    let failed = one.app.write(|tx| async move {
        crate::bus::publish(&tx, &Event::SettingsChanged);
        Err::<(), _>(crate::Error::internal("no"))
    });
    failed.await.unwrap_err();
    two.hears_all_of(&one).await;
    assert!(matches!(there.recv().await.unwrap(), Event::MediaDone { .. }), "the mark alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_too_long_for_one_message_arrives_whole() {
    let (one, two) = two().await;
    let mut there = two.app.bus.listen();
    let accounts: Vec<store::AccountId> = (0..5_000).map(|number| store::AccountId(i64::MAX - number)).collect();
    one.publishes(Event::Feed { status: StatusId(1), accounts: accounts.clone() }).await;
    let mut heard = Vec::new();
    while heard.len() < accounts.len() {
        let Event::Feed { accounts, .. } = there.recv().await.unwrap() else { panic!("another event") };
        heard.extend(accounts);
    }
    assert_eq!(heard, accounts);
    // What fits into no message is told as missed.
    one.publishes(Event::Withdrawn { status: StatusId(1), local: true, has_media: false, tags: vec!["x".repeat(20_000)] }).await;
    assert_eq!(there.recv().await.unwrap(), Event::Missed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_one_node_wakes_the_workers_of_the_other() {
    // So many that the last of them is told by a job.
    let people = ["alice", "bob", "carol", "dave", "erin", "frank"];
    let one = World::new(Engine::Postgres).await.with_users(people).await;
    let two = one.second_node().await;
    let [alice, others @ ..] = one.users(people);
    let names: Vec<String> = others.iter().map(|person| format!("@{}", person.name)).collect();
    alice.posts(&names.join(" ")).await;
    tokio::time::timeout(BELL_LIMIT, two.app.woken(Lane::Interactive)).await.expect("no bell rang");
    assert!(jobs::run_due(&two.app, Lane::Interactive).await.unwrap() > 0);
    assert_eq!(jobs::run_due(&one.app, Lane::Interactive).await.unwrap(), 0, "each job runs once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_writes_the_other_does_not_show_as_it_was() {
    let (one, two, id) = two_with_a_status().await;
    let (bob, there) = (one.user("bob"), two.user("bob"));
    for round in 1..=20 {
        assert_eq!(there.sees(id).await.favourites_count, 0, "round {round}");
        bob.favourites(id).await;
        two.hears_all_of(&one).await;
        assert_eq!(there.sees(id).await.favourites_count, 1, "round {round}");
        there.unfavourites(id).await;
        assert_eq!(there.sees(id).await.favourites_count, 0, "round {round}");
        one.hears_all_of(&two).await;
        assert_eq!(bob.sees(id).await.favourites_count, 0, "round {round}");
    }
    assert!(two.app.cards.bytes() > 0, "nothing is kept at all");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_not_heard_for_a_while_shows_nothing_from_memory_until_all_of_it_is_read_anew() {
    let (one, two, id) = two_with_a_status().await;
    let (bob, there) = (one.user("bob"), two.user("bob"));
    for round in 0..3 {
        let before = there.sees(id).await.favourites_count;
        let mut heard = two.app.bus.listen();
        one.cuts_all_listeners().await;
        if round % 2 == 0 {
            bob.favourites(id).await;
        } else {
            bob.unfavourites(id).await;
        }
        // The connection is cut before it is known to be.
        while heard.recv().await.unwrap() != Event::Missed {}
        two.is_trusted().await;
        let after = there.sees(id).await.favourites_count;
        assert_ne!(after, before, "round {round}");
        assert_eq!(after, bob.sees(id).await.favourites_count);
        one.is_trusted().await;
        two.hears_all_of(&one).await;
        one.hears_all_of(&two).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_ends_leaves_nobody_waiting() {
    let (one, two, id) = two_with_a_status().await;
    crate::start::close(&two.app).await;
    drop(two);
    one.user("bob").favourites(id).await;
    let shown = present::status::statuses(&one.app, None, vec![id]).await.unwrap();
    assert_eq!(shown[0].favourites_count, 1);
    change_setting::change(&one.app, Origin::System, "site_title", "Alone").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_on_a_new_database_are_one_server() {
    let place = Place::untouched_postgres().await;
    let clock = Clock::Set(Arc::new(AtomicI64::new(START_MS)));
    let (one, two) = tokio::join!(crate::start::open(options(&place, clock.clone()), true), crate::start::open(options(&place, clock), true));
    let (one, two) = (one.unwrap(), two.unwrap());
    let token = |app: &App| app.secrets.form_token("the same");
    assert_eq!(token(&one), token(&two), "they have the same secrets");
    let keys = one.read(|r| async move { Ok(store::keypairs::find_own(&r, store::accounts::INSTANCE_ACTOR).await?) }).await.unwrap();
    assert!(keys.is_some());
    crate::start::close(&one).await;
    crate::start::close(&two).await;
}
