//! Hosts that never answer, among many: the others get their posts as soon as they would without them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::person::{Person, text_of};
use crate::remote::{Manner, Remote, activity, actor_of};
use crate::server::{Engine, Server, Site};
use crate::wait::{PATIENCE, until};

const HOSTS: usize = 200;
/// Three in ten: half of them take requests and never answer, half never take a connection.
const SILENT: usize = 60;
const POSTS: usize = 5;
/// How much longer others may wait because of them.
const SLOWER_MAX: f64 = 1.2;
/// Below this the noise of a busy machine is larger than what is looked for.
const NOISE: Duration = Duration::from_millis(250);

mod sqlite {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn hosts_that_never_answer_do_not_delay_the_others() {
        super::hosts_that_never_answer_do_not_delay_the_others(super::Engine::Sqlite).await;
    }
}

mod postgres {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn hosts_that_never_answer_do_not_delay_the_others() {
        super::hosts_that_never_answer_do_not_delay_the_others(super::Engine::Postgres).await;
    }
}

async fn hosts_that_never_answer_do_not_delay_the_others(engine: Engine) {
    let remote = Remote::open().await;
    let server = Server::start_at(engine, Site::plain("patient.localhost")).await;
    let alice = server.user("alice").await;
    let uri = text_of(&alice.reads(&format!("/api/v1/accounts/{}", alice.id)).await["uri"]);
    let manner = |number: usize| match number {
        number if number >= SILENT => Manner::Lively,
        number if number % 2 == 0 => Manner::Mute,
        _ => Manner::Closed,
    };
    let hosts: Vec<(String, Manner)> = (0..HOSTS).map(|number| (remote.host(&format!("h{number}"), manner(number)), manner(number))).collect();
    for (host, _) in &hosts {
        remote.tells(&server, &activity("Follow", &actor_of(host, "bob"), "/follow", uri.clone())).await;
    }
    let accepted = |received: &[crate::remote::Received]| received.iter().filter(|received| received.activity["type"] == "Accept").count();
    until("every host is told that it follows", PATIENCE, async || (accepted(&remote.received()) == HOSTS).then_some(())).await;
    let lively: Vec<&str> = hosts.iter().filter(|(_, manner)| *manner == Manner::Lively).map(|(host, _)| host.as_str()).collect();

    let without = delivery_time(&remote, &alice, &lively).await;
    let _waiting = remote.falls_silent().await;
    let with = delivery_time(&remote, &alice, &lively).await;

    println!("p95 of {} hosts: {without:?} when all answer, {with:?} when {SILENT} more never do", lively.len());
    assert!(with <= without.max(NOISE).mul_f64(SLOWER_MAX), "{with:?}, and {without:?} when all answer");
    server.assert_never_panicked();
}

/// How long it takes until 95 in 100 of these hosts have a post: of several posts, the middle one.
async fn delivery_time(remote: &Remote, person: &Person, hosts: &[&str]) -> Duration {
    let mut times = Vec::new();
    for number in 0..POSTS {
        let start = Instant::now();
        let uri = text_of(&person.posts(&format!("post {number}")).await["uri"]);
        let arrived = until("a post has arrived at every host that answers", PATIENCE, async || {
            let mut arrived: BTreeMap<String, Duration> = BTreeMap::new();
            for received in remote.received().into_iter().filter(|received| received.activity["object"]["id"] == uri) {
                arrived.entry(received.host).or_insert(received.at - start);
            }
            let times: Option<Vec<Duration>> = hosts.iter().map(|host| arrived.get(*host).copied()).collect();
            times
        })
        .await;
        times.push(percentile(arrived, 95));
    }
    percentile(times, 50)
}

fn percentile(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent).div_ceil(100) - 1]
}
