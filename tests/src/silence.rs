//! Hosts that never answer, among many: the others get their posts as soon as they would without them.
//!
//! Two servers post in turn to two hundred hosts each; of one of them, three in ten never answer. What the machine does
//! besides slows both, so that one can be held against the other.

use std::time::{Duration, Instant};

use crate::person::{Person, text_of};
use crate::remote::{Manner, Remote, activity, actor_of};
use crate::server::{Engine, Server, Site};
use crate::wait::{PATIENCE, until};

const HOSTS: usize = 200;
/// Three in ten: half of them take requests and never answer, half never take a connection.
const SILENT: usize = 60;
/// Posts of each server in a round: 1,120 deliveries to hosts that answer.
const POSTS: usize = 8;
/// Rounds, of which the best counts: the machine may do something else for as long as one takes.
const ROUNDS: usize = 3;
/// How much longer others may wait because of them.
const SLOWER_MAX: f64 = 1.2;
/// Both servers and all hosts share two cores: this much may come between a delivery and its record.
const GRAIN: Duration = Duration::from_millis(5);

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
    let patient = Sender::start(engine, &remote, "patient", true).await;
    let other = Sender::start(engine, &remote, "other", false).await;
    let _waiting = remote.falls_silent().await;

    let mut rounds = Vec::new();
    while rounds.len() < ROUNDS {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for number in 0..POSTS {
            // Neither is always the first.
            if number % 2 == 0 {
                with.extend(patient.delivery_times(&remote, number).await);
                without.extend(other.delivery_times(&remote, number).await);
            } else {
                without.extend(other.delivery_times(&remote, number).await);
                with.extend(patient.delivery_times(&remote, number).await);
            }
        }
        let (with, without) = (percentile(with, 95), percentile(without, 95));
        println!("p95 to {} hosts: {without:?} when all answer, {with:?} when {SILENT} others never do", HOSTS - SILENT);
        rounds.push((with, without));
        if with <= without.mul_f64(SLOWER_MAX) + GRAIN {
            patient.server.assert_never_panicked();
            return;
        }
    }
    panic!("hosts that never answer make others wait; p95 with them and without: {rounds:?}");
}

/// A server whose alice is followed on every host.
struct Sender {
    server: Server,
    alice: Person,
    /// The hosts that answer in any case.
    lively: Vec<String>,
}

impl Sender {
    /// Of the hosts of `name`, some may fall silent.
    async fn start(engine: Engine, remote: &Remote, name: &str, some_fall_silent: bool) -> Sender {
        let server = Server::start_at(engine, Site::plain(&format!("{name}.localhost"))).await;
        let alice = server.user("alice").await;
        let uri = text_of(&alice.reads(&format!("/api/v1/accounts/{}", alice.id)).await["uri"]);
        let manner = |number: usize| match number {
            number if number >= SILENT || !some_fall_silent => Manner::Lively,
            number if number % 2 == 0 => Manner::Mute,
            _ => Manner::Closed,
        };
        let hosts: Vec<String> = (0..HOSTS).map(|number| remote.host(&format!("{name}{number}"), manner(number))).collect();
        for host in &hosts {
            remote.tells(&server, &activity("Follow", &actor_of(host, "bob"), "/follow", uri.clone())).await;
        }
        until("every host is told that it follows", PATIENCE, async || {
            let accepted =
                remote.received().iter().filter(|received| hosts.contains(&received.host) && received.activity["type"] == "Accept").count();
            (accepted == HOSTS).then_some(())
        })
        .await;
        Sender { server, alice, lively: hosts[SILENT..].to_vec() }
    }

    /// How long a post takes to each host that answers.
    async fn delivery_times(&self, remote: &Remote, number: usize) -> Vec<Duration> {
        let start = Instant::now();
        let uri = text_of(&self.alice.posts(&format!("post {number}")).await["uri"]);
        until("a post has arrived at every host that answers", PATIENCE, async || {
            let arrived = remote.arrivals(&uri);
            self.lively.iter().map(|host| arrived.get(host).map(|at| *at - start)).collect()
        })
        .await
    }
}

fn percentile(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent).div_ceil(100) - 1]
}
