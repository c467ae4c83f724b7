//! Two processes on one PostgreSQL, asked over HTTP: what is done at one is seen at the other.

use std::sync::Arc;
use std::time::Duration;

use app::instance::change_setting;

use app::Origin;
use app::federation::domains::{self, Block, Severity};
use app::oauth::{applications, tokens};
use app::testing::{Engine, Person, World};
use serde_json::json;

use super::live::Server;
use super::site::Site;
use crate::Options;

const NAMES: [&str; 3] = ["alice", "bob", "carol"];
/// How soon what one node does must be seen at the other.
const SOON: Duration = Duration::from_secs(1);
/// Longer than anything healthy takes on a busy machine, and how often it is looked for.
const LIMIT: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Between which the nodes come to rest and are compared.
const ROUNDS: usize = 3;
const WRITERS_OF_NODE: usize = 2;
const ACTS: usize = 12;
/// Of the statuses that are acted upon, those that everything is asked of.
const COMPARED: usize = 3;

async fn two_sites() -> (Site, Site) {
    let one = Site::of(World::new(Engine::Postgres).await.with_users(NAMES).await, Options::default());
    let two = Site::of(one.world.second_node().await, Options::default());
    (one, two)
}

async fn eventually<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let looking = async {
        while !is_so().await {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    assert!(tokio::time::timeout(LIMIT, looking).await.is_ok(), "not in time: {what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_posted_at_one_node_arrives_at_a_socket_of_the_other() {
    let (one, two) = two_sites().await;
    let [alice, bob] = one.users(["alice", "bob"]);
    let there = Server::of(&two).await;
    bob.follows(&alice).await;
    let (mut home, mut public) = (there.socket(&bob, "?stream=user").await, there.socket(&bob, "?stream=public").await);
    let status = alice.posts("hello").await;
    assert_eq!(home.id("update", json!(["user"])).await, status.to_string());
    assert_eq!(public.id("update", json!(["public"])).await, status.to_string());
    one.put(&format!("/api/v1/statuses/{status}")).by(&alice).form("status=hello+again").await.ok();
    one.world.drain_jobs().await;
    let (_, edited) = home.next("status.update").await;
    assert_eq!(edited["content"], "<p>hello again</p>", "as it is now, not as it was kept");
    one.delete(&format!("/api/v1/statuses/{status}")).by(&alice).await.ok();
    one.world.drain_jobs().await;
    assert_eq!(home.id("delete", json!(["user"])).await, status.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_revoked_at_one_node_closes_its_sockets_at_the_other_and_opens_nothing_there() {
    let (one, two) = two_sites().await;
    let alice = one.user("alice");
    let there = Server::of(&two).await;
    let own = applications::own(&one.world.app).await.unwrap();
    let token = alice.token_with("read").await;
    let mut socket = there.socket_with(&token, "?stream=user").await;
    assert_eq!(two.get("/api/v1/timelines/home").with_token(&token).await.status, 200);
    tokens::revoke(&one.world.app, &own, &token).await.unwrap();
    tokio::time::timeout(SOON, socket.closes()).await.expect("closed within a second");
    assert_eq!(two.get("/api/v1/timelines/home").with_token(&token).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_and_rules_about_other_servers_are_those_of_the_other_node() {
    let (one, two) = two_sites().await;
    drop(two.with_streams());
    let title = async || two.get("/api/v2/instance").await.ok()["title"].clone();
    let before = title().await;
    change_setting::change(&one.world.app, Origin::System, "site_title", "Another title").await.unwrap();
    eventually("the title is seen", async || title().await == "Another title").await;
    assert_ne!(before, "Another title");
    let wish = Block { severity: Severity::Suspend, ..Block::default() };
    domains::block(&one.world.app, Origin::System, "far.test", wish).await.unwrap();
    eventually("the rule is known", async || two.world.app.context().rule("far.test").suspended).await;
    domains::unblock(&one.world.app, Origin::System, "far.test").await.unwrap();
    eventually("the rule is gone", async || !two.world.app.context().rule("far.test").suspended).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_could_not_listen_closes_all_sockets_and_shows_what_changed_meanwhile() {
    let (one, two) = two_sites().await;
    let alice = one.user("alice");
    let there = Server::of(&two).await;
    let status = alice.posts("before").await;
    let path = format!("/api/v1/statuses/{status}");
    let shown = async || two.get(&path).await.ok()["content"].clone();
    assert_eq!(shown().await, "<p>before</p>");
    let mut socket = there.socket(&alice, "?stream=user").await;
    one.world.cuts_all_listeners().await;
    change_setting::change(&one.world.app, Origin::System, "site_title", "While nobody heard").await.unwrap();
    one.put(&path).by(&alice).form("status=after").await.ok();
    while let Some(message) = socket.message().await {
        assert_eq!(message["event"], "status.update", "what was heard before the connection was lost");
    }
    assert_eq!(shown().await, "<p>after</p>");
    eventually("the setting is read", async || two.get("/api/v2/instance").await.ok()["title"] == "While nobody heard").await;
    two.world.is_trusted().await;
    assert_eq!(shown().await, "<p>after</p>");
}

/// All that is asked of each node by each person once both have come to rest. Asking compares what is shown from memory
/// with what is shown without.
async fn compare(site: &Site, statuses: &[String], accounts: &[String]) -> usize {
    let mut asked = 0;
    for name in NAMES {
        let person = site.user(name);
        let mut paths: Vec<String> = [
            "timelines/home",
            "timelines/home?limit=5",
            "timelines/public",
            "timelines/public?local=true",
            "timelines/tag/tag",
            "notifications",
            "accounts/verify_credentials",
            "favourites",
            "bookmarks",
            "conversations",
            "lists",
            "followed_tags",
            "mutes",
            "blocks",
            "follow_requests",
            "markers?timeline[]=home",
            "instance",
        ]
        .map(|path| format!("/api/v1/{path}"))
        .to_vec();
        for status in statuses {
            let rest = ["", "/context", "/favourited_by", "/reblogged_by", "/history"];
            paths.extend(rest.map(|rest| format!("/api/v1/statuses/{status}{rest}")));
        }
        for account in accounts {
            let rest = ["", "/statuses", "/statuses?pinned=true", "/followers", "/following"];
            paths.extend(rest.map(|rest| format!("/api/v1/accounts/{account}{rest}")));
            paths.push(format!("/api/v1/accounts/relationships?id[]={account}"));
        }
        for path in paths {
            // Twice: the first keeps, the second shows what was kept.
            for _ in 0..2 {
                asked += usize::from(site.get(&path).by(&person).await.status == 200);
            }
        }
    }
    asked
}

/// A number below `below`, the same in each run.
fn drawn(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize % below
}

/// One of the things that people do; some are refused.
async fn act(site: &Site, statuses: &[String], state: &mut u64) {
    let people: Vec<Person> = NAMES.map(|name| site.user(name)).to_vec();
    let (me, other) = (&people[drawn(state, 3)], &people[drawn(state, 3)]);
    let status = &statuses[drawn(state, statuses.len())];
    let number = drawn(state, 1000);
    let verb = |verb: &str| site.post(&format!("/api/v1/statuses/{status}/{verb}"));
    let account = |verb: &str| site.post(&format!("/api/v1/accounts/{}/{verb}", other.account));
    let ask = match drawn(state, 18) {
        0 | 1 => site.post("/api/v1/statuses").form(&format!("status=@{}+number+{number}+%23tag", other.name)),
        2 => site.post("/api/v1/statuses").form(&format!("status=answer+{number}&in_reply_to_id={status}")),
        3 => site.put(&format!("/api/v1/statuses/{status}")).form(&format!("status=edited+{number}+%23tag")),
        4 => {
            site.ask(axum::http::Method::PATCH, "/api/v1/accounts/update_credentials").form(&format!("display_name=name+{number}&note=note+{number}"))
        }
        5 => verb("favourite"),
        6 => verb("unfavourite"),
        7 => verb("bookmark"),
        8 => verb("unbookmark"),
        9 => verb("reblog"),
        10 => verb("unreblog"),
        11 => verb("pin"),
        12 => verb("mute"),
        13 => account("follow"),
        14 => account("unfollow"),
        15 => account("mute"),
        16 => account("unmute"),
        _ => site.post("/api/v1/statuses").form(&format!("status=a+poll+{number}&poll[options][]=a&poll[options][]=b&poll[expires_in]=600")),
    };
    let status = ask.by(me).await.status;
    assert!(status < 500 || status == 503, "{status}: losing against another twice is all that may go wrong");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_write_at_random_answer_as_if_nothing_was_kept_in_memory() {
    let (one, two) = two_sites().await;
    drop((one.with_streams(), two.with_streams()));
    let sites = [Arc::new(one), Arc::new(two)];
    let (mut statuses, mut accounts) = (Vec::new(), Vec::new());
    for (number, name) in NAMES.into_iter().chain(NAMES).enumerate() {
        sites[0].world.advance(1);
        statuses.push(sites[number % 2].user(name).posts(&format!("number {number} #tag")).await.to_string());
    }
    accounts.extend(NAMES.map(|name| sites[0].user(name).account.to_string()));
    let statuses = Arc::new(statuses);
    for round in 0..ROUNDS {
        let writers = sites.iter().enumerate().flat_map(|(node, site)| (0..WRITERS_OF_NODE).map(move |writer| (node, writer, site.clone())));
        let writers: Vec<_> = writers
            .map(|(node, writer, site)| {
                let (statuses, ticks) = (statuses.clone(), site.world.ticks());
                tokio::spawn(async move {
                    let mut state = (round * 100 + node * 10 + writer) as u64;
                    for _ in 0..ACTS {
                        ticks();
                        act(&site, &statuses, &mut state).await;
                        // Somebody reads meanwhile, so that something is kept while it changes.
                        for path in ["/api/v1/timelines/home", "/api/v1/timelines/public"] {
                            site.get(path).uncompared().by(&site.user(NAMES[writer])).await.ok();
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        sites[round % 2].world.drain_jobs().await;
        sites[0].world.hears_all_of(&sites[1].world).await;
        sites[1].world.hears_all_of(&sites[0].world).await;
        for site in &sites {
            assert!(compare(site, &statuses[..COMPARED], &accounts).await > 100, "most of it is answered");
        }
    }
}
