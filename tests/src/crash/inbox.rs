//! `kill -9` while people post and other servers send: what was taken from them has its effect once, however
//! often they send it, and what is due to them arrives.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::{Value, json};

use super::{ACKNOWLEDGED_MAX, END_LEASES, ROUNDS_DEFAULT, random, rounds};
use crate::person::{Person, text_of};
use crate::remote::{Manner, Remote, activity, actor_of, answer};
use crate::server::{Engine, Server, Site};
use crate::wait::{PATIENCE, until};

/// Hosts that send and follow.
const HOSTS: usize = 4;
const PEOPLE_PER_HOST: usize = 5;
/// Statuses that are favourited, boosted and answered.
const TARGETS: usize = 60;
const POSTERS: usize = 2;
/// Every so many activities one that was taken already is sent again.
const REPEAT_EVERY: usize = 5;
/// Activities of a host; no run needs as many.
const ACTIVITIES_MAX: usize = PEOPLE_PER_HOST * TARGETS * 3;
/// Hosts in the hands of the server that was killed: as `END_LEASES` for jobs.
const END_HOST_LEASES: &str = "UPDATE hosts SET lease_until = NULL, leased_by = NULL WHERE lease_until IS NOT NULL";

mod sqlite {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_other_servers_were_told_is_taken_counts_once_and_what_is_due_arrives() {
        super::what_other_servers_were_told_is_taken_counts_once_and_what_is_due_arrives(super::Engine::Sqlite).await;
    }
}

mod postgres {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_other_servers_were_told_is_taken_counts_once_and_what_is_due_arrives() {
        super::what_other_servers_were_told_is_taken_counts_once_and_what_is_due_arrives(super::Engine::Postgres).await;
    }
}

async fn what_other_servers_were_told_is_taken_counts_once_and_what_is_due_arrives(engine: Engine) {
    let remote = Remote::open().await;
    let mut server = Server::start_at(engine, Site::plain("crash.localhost")).await;
    let author = server.user("author").await;
    let mut targets = Vec::new();
    for number in 0..TARGETS {
        targets.push(author.posts(&format!("target {number}")).await);
    }
    let author_uri = text_of(&author.reads(&format!("/api/v1/accounts/{}", author.id)).await["uri"]);
    let mut senders: Vec<Sender> = (0..HOSTS).map(|host| Sender::new(&remote, &server, host, &author_uri, &targets)).collect();
    for sender in &senders {
        let actor = actor_of(&sender.host, "person0");
        remote.tells(&server, &activity("Follow", &actor, "/follow", author_uri.clone())).await;
    }
    until("every host follows", PATIENCE, async || {
        (author.reads("/api/v1/accounts/verify_credentials").await["followers_count"] == HOSTS).then_some(())
    })
    .await;

    let mut posted = BTreeSet::new();
    for round in 0..rounds(ROUNDS_DEFAULT) {
        let goal = 1 + (random() % ACKNOWLEDGED_MAX) as usize;
        let progress = Arc::new(AtomicUsize::new(0));
        let sending: Vec<_> = senders.drain(..).map(|sender| tokio::spawn(sender.sends_until_cut_off(remote.clone(), progress.clone()))).collect();
        let posting: Vec<_> =
            (0..POSTERS).map(|number| tokio::spawn(posts_until_cut_off(author.clone(), format!("{round}-{number}"), progress.clone()))).collect();
        until("enough is acknowledged", PATIENCE, async || (progress.load(Ordering::Relaxed) >= goal).then_some(())).await;
        server.kill9();
        for task in sending {
            senders.push(task.await.expect("a sender ends well"));
        }
        for task in posting {
            posted.extend(task.await.expect("a poster ends well"));
        }
        server.serve().await;
        let taken: usize = senders.iter().map(|sender| sender.taken.len()).sum();
        println!("round {round}: killed after {goal} acknowledgements; {taken} activities and {} posts in all", posted.len());
    }

    if !server.is_on_sqlite() {
        server.sql(END_LEASES).await;
        server.sql(END_HOST_LEASES).await;
    }
    // It wakes those who deliver.
    posted.insert(text_of(&author.posts("the last post").await["uri"]));
    for sender in &mut senders {
        sender.sends_what_is_left(&remote).await;
    }
    let sent: Vec<&Sent> = senders.iter().flat_map(|sender| &sender.taken).collect();
    assert_each_counts_once(&author, &sent).await;
    for status in &targets {
        let (id, uri) = (text_of(&status["id"]), text_of(&status["uri"]));
        let shown = author.reads(&format!("/api/v1/statuses/{id}")).await;
        for (key, kind) in [("favourites_count", "favourite"), ("reblogs_count", "reblog"), ("replies_count", "mention")] {
            assert_eq!(shown[key], sent.iter().filter(|sent| sent.kind == kind && sent.target == uri).count(), "{key} of {uri}");
        }
    }
    assert_all_delivered(&remote, &senders, &posted).await;
    server.assert_never_panicked();
}

/// What a server was sent, and what is to be seen of it.
#[derive(Clone)]
struct Sent {
    activity: Value,
    /// The notification it makes.
    kind: &'static str,
    /// The status it is about.
    target: String,
    /// What the notification shows: the status for a favourite and a boost, the answer's address for a mention.
    shown: String,
}

impl Sent {
    fn actor(&self) -> String {
        text_of(&self.activity["actor"])
    }
}

/// A host that sends activities one by one, and again when it got no answer.
struct Sender {
    host: String,
    url: String,
    authority: String,
    left: VecDeque<Sent>,
    taken: Vec<Sent>,
}

impl Sender {
    fn new(remote: &Remote, server: &Server, number: usize, author: &str, targets: &[Value]) -> Self {
        let host = remote.host(&format!("h{number}"), Manner::Lively);
        let make = |count: usize| {
            let (kind, person, target) = (count % 3, count / 3 % PEOPLE_PER_HOST, &targets[count / 3 / PEOPLE_PER_HOST % TARGETS]);
            let (actor, path) = (actor_of(&host, &format!("person{person}")), format!("/acts/{count}"));
            let (id, target) = (text_of(&target["id"]), text_of(&target["uri"]));
            match kind {
                0 => Sent { activity: activity("Like", &actor, &path, target.clone()), kind: "favourite", target, shown: id },
                1 => {
                    let mut announce = activity("Announce", &actor, &path, target.clone());
                    announce["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
                    Sent { activity: announce, kind: "reblog", target, shown: id }
                }
                _ => {
                    let create = answer(&actor, &path, &format!("answer {number}-{count}"), &target, author);
                    let shown = text_of(&create["object"]["id"]);
                    Sent { activity: create, kind: "mention", target, shown }
                }
            }
        };
        let left = (0..ACTIVITIES_MAX).map(make).collect();
        Self { host: host.clone(), url: server.url.clone(), authority: server.domain(), left, taken: Vec::new() }
    }

    async fn sends_until_cut_off(mut self, remote: Remote, progress: Arc<AtomicUsize>) -> Self {
        while let Some(next) = self.left.front() {
            let Some(status) = remote.sends(&self.url, &self.authority, &next.activity).await else { break };
            assert_eq!(status, 202, "{}", next.activity);
            progress.fetch_add(1, Ordering::Relaxed);
            self.taken.extend(self.left.pop_front());
            if self.taken.len().is_multiple_of(REPEAT_EVERY) {
                let again = &self.taken[random() as usize % self.taken.len()];
                match remote.sends(&self.url, &self.authority, &again.activity).await {
                    Some(status) => assert_eq!(status, 202, "again: {}", again.activity),
                    None => break,
                }
            }
        }
        self
    }

    /// What was cut off, for the server may have taken it; and a few of what it has taken for sure.
    async fn sends_what_is_left(&mut self, remote: &Remote) {
        let next = self.left.pop_front().expect("something is left");
        for sent in [&next].into_iter().chain(self.taken.iter().rev().take(REPEAT_EVERY)) {
            assert_eq!(remote.sends(&self.url, &self.authority, &sent.activity).await, Some(202), "{}", sent.activity);
        }
        self.taken.push(next);
    }
}

/// The addresses of what was acknowledged.
async fn posts_until_cut_off(author: Person, task: String, progress: Arc<AtomicUsize>) -> Vec<String> {
    const POSTS_MAX: usize = 20_000;
    let mut posted = Vec::new();
    for count in 0..POSTS_MAX {
        let params = json!({ "status": format!("post {task}-{count}") });
        let Some(answer) = author.tries(Method::POST, "/api/v1/statuses", Some(params)).await else { break };
        posted.push(text_of(&answer.expect(200)["uri"]));
        progress.fetch_add(1, Ordering::Relaxed);
    }
    posted
}

/// Each activity made one notification, and nothing else made any.
async fn assert_each_counts_once(author: &Person, sent: &[&Sent]) {
    let mut wanted: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for sent in sent {
        *wanted.entry((sent.kind.to_owned(), sent.actor(), sent.shown.clone())).or_default() += 1;
    }
    let told = async || {
        let mut told: BTreeMap<(String, String, String), usize> = BTreeMap::new();
        for notification in author.reads_all("/api/v1/notifications?limit=80&exclude_types[]=follow").await {
            let kind = text_of(&notification["type"]);
            let shown = &notification["status"][if kind == "mention" { "uri" } else { "id" }];
            *told.entry((kind, text_of(&notification["account"]["uri"]), text_of(shown))).or_default() += 1;
        }
        told
    };
    until("every activity that was taken has been told", PATIENCE, async || {
        let told = told().await;
        wanted.keys().all(|key| told.contains_key(key)).then_some(())
    })
    .await;
    let told = told().await;
    let others: Vec<_> = told.iter().filter(|(key, count)| wanted.get(key) != Some(count)).collect();
    assert!(others.is_empty(), "not as often as it was done, or not done at all: {others:?}");
}

/// Every host was sent every post at least once.
async fn assert_all_delivered(remote: &Remote, senders: &[Sender], posted: &BTreeSet<String>) {
    until("every post has arrived at every host", PATIENCE, async || {
        let mut due: BTreeSet<_> = senders.iter().flat_map(|sender| posted.iter().map(|uri| (sender.host.as_str(), uri.as_str()))).collect();
        let received = remote.received();
        for received in received.iter().filter(|received| received.activity["type"] == "Create") {
            if let Some(uri) = received.activity["object"]["id"].as_str() {
                due.remove(&(received.host.as_str(), uri));
            }
        }
        due.is_empty().then_some(())
    })
    .await;
}
