//! What is kept in memory of statuses and accounts is what the database holds, whoever writes meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::notifications::Filter;
use store::page::Page;
use store::{AccountId, NotificationId, StatusId};
use wire::mastodon as m;

use crate::accounts::update::{self, Change};
use crate::notifications::groups::Wanted;
use crate::notifications::page::{group_page, page};
use crate::present::notification::Accounts;
use crate::statuses::edit::{self, Changes};
use crate::testing::{Engine, Person, World, past_cards};
use crate::timelines;
use crate::{App, present, stories};

const WRITERS: usize = 4;
const ACTS_EACH: usize = 60;
/// Between which two nodes come to rest and are compared.
const ROUNDS: usize = 6;

/// All that the cards are used for, as these people and as nobody see it, in JSON.
async fn pages(app: &App, people: &[Person], statuses: &[StatusId]) -> Vec<String> {
    let accounts: Vec<AccountId> = people.iter().map(|person| person.account).collect();
    let mut pages = Vec::new();
    for person in people {
        let viewer = person.viewer().await;
        pages.push(written(&present::status::statuses(app, Some(&viewer), statuses.to_vec()).await.unwrap()));
        pages.push(written(&present::account::accounts(app, accounts.clone()).await.unwrap()));
        pages.push(written(&timelines::home(app, &viewer, Page::first(40)).await.unwrap().1));
        pages.push(written(&notifications(app, person).await));
        pages.push(written(&groups(app, person).await));
    }
    pages.push(written(&present::status::statuses(app, None, statuses.to_vec()).await.unwrap()));
    pages
}

fn written(shown: &impl serde::Serialize) -> String {
    serde_json::to_string(shown).unwrap()
}

async fn notifications(app: &App, person: &Person) -> Vec<m::Notification> {
    page(app, &person.viewer().await, Filter::default(), Page::first(40)).await.unwrap().1
}

async fn groups(app: &App, person: &Person) -> m::GroupedNotificationsResults {
    let wanted = Wanted { filter: Filter::default(), kinds: Vec::new() };
    group_page(app, &person.viewer().await, wanted, Accounts::Full, Page::first(40)).await.unwrap().1
}

/// A number below `below`, the same in each run.
fn drawn(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize % below
}

/// One of the things that people do. Some are refused: what is blocked or gone cannot be answered.
async fn act(app: &App, people: &[Person], statuses: &[StatusId], state: &mut u64) {
    let me = &people[drawn(state, people.len())];
    let other = &people[drawn(state, people.len())];
    let id = statuses[drawn(state, statuses.len())];
    let viewer = me.viewer().await;
    match drawn(state, 11) {
        0 => drop(crate::statuses::favourite::favourite(app, &viewer, id).await),
        1 => drop(crate::statuses::favourite::unfavourite(app, &viewer, id).await),
        2 => drop(me.tries_to_post(&format!("@{} answer #tag", other.name), |draft| draft.in_reply_to_id = Some(id)).await),
        3 => drop(edit::edit(app, &viewer, id, Changes { text: Some(format!("edited {} #other", drawn(state, 1000))), ..Changes::default() }).await),
        4 => drop(update::update(app, &viewer, Change { display_name: Some(format!("name {}", drawn(state, 1000))), ..Change::default() }).await),
        5 if me.account != other.account => me.follows(other).await,
        6 if me.account != other.account => me.unfollows(other).await,
        7 => drop(crate::statuses::bookmark::bookmark(app, &viewer, id).await),
        8 => {
            let newest = notifications(app, me).await.first().map(|newest| NotificationId(newest.id.0));
            if let Some(newest) = newest {
                drop(crate::notifications::dismiss(app, &viewer, newest).await);
            }
        }
        9 if drawn(state, 4) == 0 => drop(crate::notifications::clear(app, &viewer).await),
        _ => drop(crate::statuses::reblog::reblog(app, &viewer, id, None).await),
    }
}

stories! {
    async fn many_writers_at_once_leave_nothing_stale_in_memory(world: World) {
        many_writers(world).await;
    }

    async fn notifications_are_forgotten_with_all_that_they_show(world: World) {
        notifications_are_forgotten(world).await;
    }

    /// Somebody who is told that their act is done sees it, and so does everybody else.
    async fn an_act_is_seen_as_soon_as_it_is_done(world: World) {
        acts_are_seen(world).await;
    }
}

async fn many_writers(world: World) {
    let world = world.with_users(["alice", "bob", "carol"]).await;
    let people = Arc::new(world.users(["alice", "bob", "carol"]).to_vec());
    let mut statuses = Vec::new();
    for number in 0..12 {
        statuses.push(people[number % people.len()].posts(&format!("number {number} #tag")).await);
    }
    let statuses = Arc::new(statuses);
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (app, people, statuses, done) = (world.app.clone(), people.clone(), statuses.clone(), done.clone());
        tokio::spawn(async move {
            let mut looks = 0;
            while !done.load(Ordering::SeqCst) {
                pages(&app, &people, &statuses).await;
                looks += 1;
            }
            looks
        })
    };
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let (app, people, statuses) = (world.app.clone(), people.clone(), statuses.clone());
            tokio::spawn(async move {
                let mut state = number as u64;
                for _ in 0..ACTS_EACH {
                    act(&app, &people, &statuses, &mut state).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    assert!(reader.await.unwrap() > 1, "nobody looked while others wrote");
    let kept = pages(&world.app, &people, &statuses).await;
    assert!(world.app.cards.bytes() > 0, "nothing is kept at all");
    let held = past_cards(&world.app, pages(&world.app, &people, &statuses)).await.unwrap();
    assert_eq!(kept, held);
}

/// Each node keeps what it has shown; what the other writes is forgotten when it is heard.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_write_at_once_leave_nothing_stale_in_either_memory() {
    let one = World::new(Engine::Postgres).await.with_users(["alice", "bob", "carol"]).await;
    let two = one.second_node().await;
    let nodes = [&one, &two].map(|node| (node.app.clone(), Arc::new(node.users(["alice", "bob", "carol"]).to_vec())));
    let mut statuses = Vec::new();
    for number in 0..12 {
        one.advance(1);
        statuses.push(nodes[number % 2].1[number % 3].posts(&format!("number {number} #tag")).await);
    }
    let statuses = Arc::new(statuses);
    for round in 0..ROUNDS {
        let done = Arc::new(AtomicBool::new(false));
        let mut readers = Vec::new();
        let mut writers = Vec::new();
        for (number, (app, people)) in nodes.iter().enumerate() {
            let (reader, readers_people, shown, ended) = (app.clone(), people.clone(), statuses.clone(), done.clone());
            readers.push(tokio::spawn(async move {
                while !ended.load(Ordering::SeqCst) {
                    pages(&reader, &readers_people, &shown).await;
                }
            }));
            for writer in 0..WRITERS / 2 {
                let (app, people, statuses) = (app.clone(), people.clone(), statuses.clone());
                let ticks = one.ticks();
                let mut state = (round * 100 + number * 10 + writer) as u64;
                writers.push(tokio::spawn(async move {
                    for _ in 0..ACTS_EACH / ROUNDS {
                        ticks();
                        act(&app, &people, &statuses, &mut state).await;
                    }
                }));
            }
        }
        for writer in writers {
            writer.await.unwrap();
        }
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            reader.await.unwrap();
        }
        one.hears_all_of(&two).await;
        two.hears_all_of(&one).await;
        for (number, (app, people)) in nodes.iter().enumerate() {
            let kept = pages(app, people, &statuses).await;
            assert!(app.cards.bytes() > 0, "nothing is kept at all");
            let held = past_cards(app, pages(app, people, &statuses)).await.unwrap();
            assert_eq!(kept, held, "node {number} after round {round}");
        }
    }
}

async fn notifications_are_forgotten(world: World) {
    let world = world.with_users(["alice", "bob", "carol"]).await;
    let [alice, bob, carol] = world.users(["alice", "bob", "carol"]);
    let id = alice.posts("hello").await;
    let seen = async || {
        let (kept, in_groups) = (notifications(&world.app, &alice).await, groups(&world.app, &alice).await);
        let held = past_cards(&world.app, async { (notifications(&world.app, &alice).await, groups(&world.app, &alice).await) }).await;
        assert_eq!(held, Some((kept.clone(), in_groups)));
        let liked = |n: &m::Notification| n.status.as_ref().and_then(|status| status.as_ref()?.favourited);
        kept.iter().map(|n| (n.account.acct.clone(), liked(n))).collect::<Vec<_>>()
    };
    let by = |name: &str, liked| (name.to_owned(), Some(liked));
    bob.favourites(id).await;
    assert_eq!(seen().await, [by("bob", false)]);
    carol.favourites(id).await;
    assert_eq!(seen().await, [by("carol", false), by("bob", false)]);
    alice.favourites(id).await;
    assert_eq!(seen().await, [by("carol", true), by("bob", true)]);
    world.suspend(&bob).await;
    assert_eq!(seen().await, [by("carol", true)]);
    store::testing::unsuspend(&world.app.db, bob.account).await.unwrap();
    assert_eq!(seen().await, [by("carol", true), by("bob", true)]);
    carol.unfavourites(id).await;
    assert_eq!(seen().await, [by("bob", true)]);
    crate::notifications::clear(&world.app, &alice.viewer().await).await.unwrap();
    assert_eq!(seen().await, []);
}

async fn acts_are_seen(world: World) {
    let world = world.with_users(["alice", "bob"]).await;
    let [alice, bob] = world.users(["alice", "bob"]);
    let id = bob.posts("hello").await;
    for round in 0..50 {
        alice.favourites(id).await;
        assert_eq!((bob.sees(id).await.favourites_count, alice.sees(id).await.favourited), (1, Some(true)), "round {round}");
        alice.unfavourites(id).await;
        assert_eq!((bob.sees(id).await.favourites_count, alice.sees(id).await.favourited), (0, Some(false)), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_from_memory_takes_one_statement_for_the_viewers_marks() {
    let world = World::new(Engine::Sqlite).await.with_users(["alice", "bob"]).await;
    let [alice, bob] = world.users(["alice", "bob"]);
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(bob.posts(&format!("number {number}")).await);
    }
    let viewer = alice.viewer().await;
    for expected in [6, 1] {
        let (statements, shown) = world.statements_of_warm(present::status::statuses(&world.app, Some(&viewer), ids.clone())).await;
        assert_eq!((statements, shown.unwrap().len()), (expected, 5));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notifications_in_memory_take_no_statement() {
    let world = World::new(Engine::Sqlite).await.with_users(["alice", "bob"]).await;
    let [alice, bob] = world.users(["alice", "bob"]);
    for number in 0..5 {
        bob.favourites(alice.posts(&format!("number {number}")).await).await;
    }
    let viewer = alice.viewer().await;
    for is_kept in [false, true] {
        let single = page(&world.app, &viewer, Filter::default(), Page::first(20));
        let (statements, shown) = world.statements_of_warm(single).await;
        assert_eq!((statements == 0, shown.unwrap().1.len()), (is_kept, 5));
        let wanted = Wanted { filter: Filter::default(), kinds: Vec::new() };
        let grouped = group_page(&world.app, &viewer, wanted, Accounts::Full, Page::first(20));
        let (statements, shown) = world.statements_of_warm(grouped).await;
        assert_eq!((statements == 0, shown.unwrap().1.notification_groups.len()), (is_kept, 5));
    }
}
