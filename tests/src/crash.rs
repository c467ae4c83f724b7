//! `kill -9` under posting and uploading, again and again: what was acknowledged is there afterwards,
//! whole, and nothing is there by half.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::{Value, json};

use crate::person::{Answer, Person, text_of};
use crate::pictures;
use crate::server::{Server, on_both_engines};
use crate::wait::{PATIENCE, until};

const POSTERS: usize = 3;
const UPLOADERS: usize = 2;
const ROUNDS_DEFAULT: usize = 10;
/// The kill comes after a random number of acknowledgements up to this.
const ACKNOWLEDGED_MAX: u64 = 60;
/// The follower's home is read this deep after each round.
const HOME_PATH: &str = "/api/v1/timelines/home?limit=40";

on_both_engines![what_was_acknowledged_survives_kill_9];

async fn what_was_acknowledged_survives_kill_9(mut server: Server) {
    let mut writers = Vec::new();
    for number in 0..POSTERS + UPLOADERS {
        writers.push(server.user(&format!("writer{number}")).await);
    }
    let reader = server.user("reader").await;
    for writer in &writers {
        reader.follows(writer).await;
    }

    let mut ledger = Ledger::default();
    for round in 0..rounds() {
        let goal = 1 + (random() % ACKNOWLEDGED_MAX) as usize;
        let written = write_until_killed(&mut server, &writers, round, goal).await;
        server.serve().await;
        println!(
            "round {round}: killed after {goal} acknowledgements, {} statuses and {} files to find",
            written.statuses.len(),
            written.files.len()
        );

        assert_all_there(&server, &reader, &written).await;
        assert_in_home(&reader, &written).await;
        ledger.add(written);
        for writer in &writers {
            assert_consistent(&server, writer).await;
        }
    }
    assert_all_there(&server, &reader, &ledger).await;
    server.assert_never_panicked();
}

/// What the server said it has.
#[derive(Default)]
struct Ledger {
    /// By id: the text, and the number of pictures.
    statuses: BTreeMap<String, (String, usize)>,
    /// By URL: width and height.
    files: BTreeMap<String, (u32, u32)>,
}

impl Ledger {
    fn add(&mut self, other: Self) {
        self.statuses.extend(other.statuses);
        self.files.extend(other.files);
    }
}

async fn write_until_killed(server: &mut Server, writers: &[Person], round: usize, goal: usize) -> Ledger {
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = writers
        .iter()
        .enumerate()
        .map(|(number, writer)| {
            let (writer, acknowledged) = (writer.clone(), acknowledged.clone());
            let task = format!("{round}-{number}");
            tokio::spawn(
                async move { if number < POSTERS { posts(writer, task, acknowledged).await } else { uploads(writer, task, acknowledged).await } },
            )
        })
        .collect();
    until("enough is acknowledged", PATIENCE, async || (acknowledged.load(Ordering::Relaxed) >= goal).then_some(())).await;

    server.kill9();

    let mut ledger = Ledger::default();
    for task in tasks {
        ledger.add(task.await.expect("a writer ends well"));
    }
    ledger
}

const WRITES_MAX: usize = 20_000;

async fn posts(writer: Person, task: String, acknowledged: Arc<AtomicUsize>) -> Ledger {
    let mut ledger = Ledger::default();
    for count in 0..WRITES_MAX {
        let text = format!("text {task}-{count}");
        let Some(id) = acknowledged_post(&writer, json!({ "status": text })).await else { break };
        ledger.statuses.insert(id, (text, 0));
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    ledger
}

async fn uploads(writer: Person, task: String, acknowledged: Arc<AtomicUsize>) -> Ledger {
    let mut ledger = Ledger::default();
    for count in 0..WRITES_MAX {
        let (width, height) = (64 + count as u32 % 40, 48);
        let Some(answer) = writer.tries_to_upload(pictures::png(random(), width, height), "a picture").await else { break };
        let media = answer.expect(200);
        ledger.files.insert(text_of(&media["url"]), (width, height));
        acknowledged.fetch_add(1, Ordering::Relaxed);
        let text = format!("picture {task}-{count}");
        let params = json!({ "status": text, "media_ids": [media["id"]] });
        let Some(id) = acknowledged_post(&writer, params).await else { break };
        ledger.statuses.insert(id, (text, 1));
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    ledger
}

/// None when the connection broke before the answer was complete.
async fn acknowledged_post(writer: &Person, params: Value) -> Option<String> {
    let answer = writer.tries(Method::POST, "/api/v1/statuses", Some(params)).await?;
    Some(text_of(&answer.expect(200)["id"]))
}

async fn assert_all_there(server: &Server, reader: &Person, ledger: &Ledger) {
    for (id, (text, pictures)) in &ledger.statuses {
        let answer = reader.asks(Method::GET, &format!("/api/v1/statuses/{id}"), None).await;
        assert_eq!(answer.status, 200, "the acknowledged status {id} ({text}) is lost: {}", answer.text());
        let status = answer.json();
        assert_eq!(status["content"], format!("<p>{text}</p>"));
        assert_eq!(attachments(&status).len(), *pictures, "{text} has its pictures");
    }
    for (url, size) in &ledger.files {
        assert_eq!(pictures::size_of(&download(server, url).await), *size, "{url}");
    }
}

/// The fan-out of what was posted before the kill is a job, and so comes after it.
async fn assert_in_home(reader: &Person, written: &Ledger) {
    until("the follower's home has every acknowledged status", PATIENCE, async || {
        let mut missing: BTreeSet<_> = written.statuses.keys().cloned().collect();
        let mut path = Some(HOME_PATH.to_owned());
        while let Some(page) = path.take() {
            let statuses = reader.reads(&page).await;
            let ids: Vec<_> = statuses.as_array().into_iter().flatten().map(|status| text_of(&status["id"])).collect();
            for id in &ids {
                missing.remove(id);
            }
            path = match (missing.first(), ids.last()) {
                (Some(oldest), Some(last)) if oldest < last => Some(format!("{HOME_PATH}&max_id={last}")),
                _ => None,
            };
        }
        missing.is_empty().then_some(())
    })
    .await;
}

/// Nothing by half, acknowledged or not: counters fit, pictures are whole.
async fn assert_consistent(server: &Server, writer: &Person) {
    let statuses = writer.reads_all(&format!("/api/v1/accounts/{}/statuses?limit=40", writer.id)).await;
    let count = writer.reads("/api/v1/accounts/verify_credentials").await["statuses_count"].clone();
    assert_eq!(count, statuses.len(), "statuses_count of {}", writer.name);
    for status in &statuses {
        let with_picture = status["content"].as_str().is_some_and(|content| content.starts_with("<p>picture "));
        assert_eq!(attachments(status).len(), usize::from(with_picture), "{}", status["content"]);
        // Every file is looked at when acknowledged and at the end; here, that both variants are served.
        for media in attachments(status).iter().take(usize::from(status == &statuses[0])) {
            for url in ["url", "preview_url"] {
                pictures::size_of(&download(server, &text_of(&media[url])).await);
            }
        }
    }
}

fn attachments(status: &Value) -> &[Value] {
    status["media_attachments"].as_array().map_or(&[], Vec::as_slice)
}

async fn download(server: &Server, url: &str) -> Vec<u8> {
    let answer = Answer::of(server.http.get(url)).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    assert_eq!(answer.status, 200, "the acknowledged file {url} is lost");
    answer.body
}

fn rounds() -> usize {
    match std::env::var("FERRODON_KILL_ROUNDS") {
        Ok(rounds) => rounds.parse().unwrap_or_else(|_| panic!("FERRODON_KILL_ROUNDS={rounds} is not a number")),
        Err(_) => ROUNDS_DEFAULT,
    }
}

/// A number from the keys that the standard library draws for each of its hash maps.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
