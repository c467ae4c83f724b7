//! `kill -9` under posting and uploading, again and again: what was acknowledged is there afterwards,
//! whole, and nothing is there by half. `powerloss` does the same with more taken away.

mod inbox;

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::process::{Command, Stdio};
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
pub const ACKNOWLEDGED_MAX: u64 = 60;
/// The follower's home is read this deep after each round.
const HOME_PATH: &str = "/api/v1/timelines/home?limit=40";

/// A job in the hands of the server that was killed comes back when its lease ends, after a minute: here, at once.
/// On SQLite the server itself takes it back at its start.
const END_LEASES: &str = "UPDATE jobs SET run_at = 0 WHERE lease IS NOT NULL";
/// Uploads that are still to be processed.
const UNFINISHED: &str = "SELECT id FROM media_attachments WHERE processing < 2";
/// What would be there by half: what it is, how it is found, and how it is made, to prove that it is found.
const HALVES: [(&str, &str, &str); 8] = [
    ("an upload that failed", "SELECT id FROM media_attachments WHERE processing > 2", "UPDATE media_attachments SET processing = 3"),
    (
        "an attachment without one of its pictures",
        "SELECT id FROM media_attachments m WHERE (SELECT count(*) FROM media_files f \
         WHERE f.media_id = m.id AND f.variant IN ('original', 'small')) <> 2",
        "DELETE FROM media_files WHERE variant = 'small'",
    ),
    (
        "a picture of no attachment",
        "SELECT media_id FROM media_files WHERE media_id NOT IN (SELECT id FROM media_attachments)",
        "UPDATE media_files SET media_id = 1 WHERE media_id = (SELECT min(media_id) FROM media_files)",
    ),
    (
        "a picture without a file",
        "SELECT media_id FROM media_files WHERE blob_id NOT IN (SELECT id FROM blobs)",
        "UPDATE media_files SET blob_id = 1",
    ),
    (
        "an attachment of no status",
        "SELECT id FROM media_attachments WHERE status_id IS NOT NULL AND status_id NOT IN (SELECT id FROM statuses)",
        "UPDATE media_attachments SET status_id = 1",
    ),
    (
        "a home with a status that is not there",
        "SELECT status_id FROM home_feed WHERE status_id NOT IN (SELECT id FROM statuses)",
        "INSERT INTO home_feed (account_id, status_id) VALUES (1, 1)",
    ),
    (
        "an account whose statuses were counted wrongly",
        "SELECT account_id FROM account_stats a WHERE statuses_count <> (SELECT count(*) FROM statuses s \
         WHERE s.account_id = a.account_id AND s.deleted_at IS NULL)",
        "UPDATE account_stats SET statuses_count = statuses_count + 1",
    ),
    (
        "a job that was given up",
        "SELECT id FROM jobs WHERE dead_at IS NOT NULL",
        "INSERT INTO jobs (id, kind, payload, lane, run_at, created_at, dead_at) VALUES (1, 'none', '{}', 0, 0, 0, 1)",
    ),
];
/// The files that rows name.
const FILES: &str = "SELECT key FROM blobs WHERE backend = 'local'";

on_both_engines![what_was_acknowledged_survives_kill_9, what_is_there_by_half_is_found];

async fn what_was_acknowledged_survives_kill_9(mut server: Server) {
    let (writers, reader) = people(&server).await;
    let mut ledger = Ledger::default();
    for round in 0..rounds(ROUNDS_DEFAULT) {
        let goal = 1 + (random() % ACKNOWLEDGED_MAX) as usize;
        let written = write_until(&writers, round, async |progress| {
            until("enough is acknowledged", PATIENCE, async || progress.has(goal)).await;
            server.kill9();
        })
        .await;
        assert!(written.refusals.is_empty(), "refused: {:?}", written.refusals);
        server.serve().await;
        println!("round {round}: killed after {goal} acknowledgements, {written}");

        assert_whole(&server, &reader, &writers, &written).await;
        ledger.add(written);
    }
    assert_all_there(&server, &reader, &ledger).await;
    server.assert_never_panicked();
}

/// The checks of what is left by a kill find what they look for.
async fn what_is_there_by_half_is_found(server: Server) {
    let alice = server.user("alice").await;
    let media = alice.uploads(pictures::png(random(), 8, 8), "a picture").await;
    alice.posts_with(json!({ "status": "hello", "media_ids": [media["id"]] })).await;
    assert_nothing_by_half(&server, &alice).await;

    let key = server.sql(FILES).await.concat().pop().expect("a file");
    let path = server.data_dir().join("media").join(&key);
    let file = std::fs::OpenOptions::new().write(true).open(&path).expect("the file opens");
    file.set_len(file.metadata().expect("its size").len() - 1).expect("it is cut short");
    assert!(damaged_files(&server, std::slice::from_ref(&key)).contains(&key), "a file cut short");
    std::fs::remove_file(&path).expect("the file is removed");
    assert!(damaged_files(&server, std::slice::from_ref(&key)).contains(&key), "a file that is not there");

    for (what, query, breakage) in HALVES {
        let before = server.sql(query).await.len();
        server.sql(breakage).await;
        assert!(server.sql(query).await.len() > before, "{what} is not found");
    }
}

/// Those who write, and one who follows them all.
pub async fn people(server: &Server) -> (Vec<Person>, Person) {
    let mut writers = Vec::new();
    for number in 0..POSTERS + UPLOADERS {
        writers.push(server.user(&format!("writer{number}")).await);
    }
    let reader = server.user("reader").await;
    for writer in &writers {
        reader.follows(writer).await;
    }
    (writers, reader)
}

/// What the server said it has.
#[derive(Default)]
pub struct Ledger {
    /// By id: the text, and the number of pictures.
    pub statuses: BTreeMap<String, (String, usize)>,
    /// By URL.
    pub files: BTreeMap<String, Picture>,
    /// Answers that were no acknowledgement: status and body. Whoever got one stopped.
    pub refusals: Vec<(u16, String)>,
}

impl Ledger {
    pub fn add(&mut self, other: Self) {
        self.statuses.extend(other.statuses);
        self.files.extend(other.files);
        self.refusals.extend(other.refusals);
    }
}

impl std::fmt::Display for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} statuses and {} files to find", self.statuses.len(), self.files.len())
    }
}

/// What was drawn, so that it can be drawn again.
pub struct Picture {
    seed: u64,
    width: u32,
    height: u32,
}

impl Picture {
    fn png(&self) -> Vec<u8> {
        pictures::png(self.seed, self.width, self.height)
    }
}

/// How far the writers are.
#[derive(Default)]
pub struct Progress {
    acknowledged: AtomicUsize,
    uploaded: AtomicUsize,
    ended: AtomicUsize,
}

impl Progress {
    pub fn has(&self, acknowledged: usize) -> Option<()> {
        (self.acknowledged.load(Ordering::Relaxed) >= acknowledged).then_some(())
    }

    pub fn has_uploads(&self, uploaded: usize) -> Option<()> {
        (self.uploaded.load(Ordering::Relaxed) >= uploaded).then_some(())
    }

    /// Whether one of them was refused, or has no server any more.
    pub fn is_over(&self) -> Option<()> {
        (self.ended.load(Ordering::Relaxed) > 0).then_some(())
    }
}

/// Posts and uploads while `end` runs, which must bring the server down; what was acknowledged till then.
pub async fn write_until(writers: &[Person], round: usize, end: impl AsyncFnOnce(&Progress)) -> Ledger {
    let progress = Arc::new(Progress::default());
    let start = |(number, writer): (usize, &Person)| {
        let (writer, progress, task) = (writer.clone(), progress.clone(), format!("{round}-{number}"));
        tokio::spawn(async move {
            let mut ledger = Ledger::default();
            if number < POSTERS {
                posts(&mut ledger, writer, task, &progress).await;
            } else {
                uploads(&mut ledger, writer, task, &progress).await;
            }
            progress.ended.fetch_add(1, Ordering::Relaxed);
            ledger
        })
    };
    let tasks: Vec<_> = writers.iter().enumerate().map(start).collect();

    end(&progress).await;

    let mut ledger = Ledger::default();
    for task in tasks {
        ledger.add(task.await.expect("a writer ends well"));
    }
    ledger
}

const WRITES_MAX: usize = 20_000;

async fn posts(ledger: &mut Ledger, writer: Person, task: String, progress: &Progress) {
    for count in 0..WRITES_MAX {
        if !post(ledger, &writer, format!("text {task}-{count}"), &[], progress).await {
            return;
        }
    }
}

async fn uploads(ledger: &mut Ledger, writer: Person, task: String, progress: &Progress) {
    for count in 0..WRITES_MAX {
        let picture = Picture { seed: random(), width: 64 + count as u32 % 40, height: 48 };
        let answer = writer.tries_to_upload(picture.png(), "a picture").await;
        let Some(media) = acknowledged(ledger, answer, progress) else { return };
        progress.uploaded.fetch_add(1, Ordering::Relaxed);
        ledger.files.insert(text_of(&media["url"]), picture);
        if !post(ledger, &writer, format!("picture {task}-{count}"), &[&media["id"]], progress).await {
            return;
        }
    }
}

async fn post(ledger: &mut Ledger, writer: &Person, text: String, media_ids: &[&Value], progress: &Progress) -> bool {
    let params = json!({ "status": text, "media_ids": media_ids });
    let answer = writer.tries(Method::POST, "/api/v1/statuses", Some(params)).await;
    let Some(status) = acknowledged(ledger, answer, progress) else { return false };
    ledger.statuses.insert(text_of(&status["id"]), (text, media_ids.len()));
    true
}

/// None when the connection broke before the answer was complete, and when the answer is a refusal.
fn acknowledged(ledger: &mut Ledger, answer: Option<Answer>, progress: &Progress) -> Option<Value> {
    let answer = answer?;
    if answer.status != 200 {
        ledger.refusals.push((answer.status, answer.text()));
        return None;
    }
    progress.acknowledged.fetch_add(1, Ordering::Relaxed);
    Some(answer.json())
}

/// All that was just written is there and told to the follower; of all that was ever written, nothing is there by half.
pub async fn assert_whole(server: &Server, reader: &Person, writers: &[Person], written: &Ledger) {
    assert_all_there(server, reader, written).await;
    assert_in_home(reader, written).await;
    assert_nothing_by_half(server, reader).await;
    for writer in writers {
        assert_consistent(server, writer).await;
    }
}

pub async fn assert_all_there(server: &Server, reader: &Person, ledger: &Ledger) {
    let missing = missing(server, reader, ledger).await;
    assert!(missing.is_empty(), "of {ledger}, {} are lost or damaged:\n{}", missing.len(), missing.join("\n"));
}

/// What was acknowledged and is not as it was, one line each.
pub async fn missing(server: &Server, reader: &Person, ledger: &Ledger) -> Vec<String> {
    let mut missing = Vec::new();
    for (id, (text, pictures)) in &ledger.statuses {
        let answer = reader.asks(Method::GET, &format!("/api/v1/statuses/{id}"), None).await;
        assert!(answer.status < 500, "the status {id}: {} {}", answer.status, answer.text());
        if answer.status != 200 {
            missing.push(format!("status {id} ({text}): {}", answer.status));
            continue;
        }
        let status = answer.json();
        if status["content"] != format!("<p>{text}</p>") || attachments(&status).len() != *pictures {
            missing.push(format!("status {id} ({text}) is another: {status}"));
        }
    }
    for (url, picture) in &ledger.files {
        let answer = Answer::of(server.http.get(url)).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        assert!(answer.status < 500, "the file {url}: {} {}", answer.status, answer.text());
        if answer.status != 200 {
            missing.push(format!("file {url}: {}", answer.status));
        } else if pixels(&answer.body) != pixels(&picture.png()) {
            missing.push(format!("file {url} does not show what was uploaded, in {} bytes", answer.body.len()));
        }
    }
    missing
}

/// None if it is no whole picture.
fn pixels(bytes: &[u8]) -> Option<image::RgbImage> {
    Some(image::load_from_memory(bytes).ok()?.to_rgb8())
}

/// To many followers a status comes by jobs, and so after the start.
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

/// In the database, and of the files it names.
async fn assert_nothing_by_half(server: &Server, reader: &Person) {
    if !server.is_on_sqlite() {
        server.sql(END_LEASES).await;
    }
    reader.uploads(pictures::png(random(), 8, 8), "a picture that wakes the workers").await;
    until("every upload is processed", PATIENCE, async || server.sql(UNFINISHED).await.is_empty().then_some(())).await;
    for (what, query, _) in HALVES {
        let found = server.sql(query).await;
        assert!(found.is_empty(), "{what}: {found:?}");
    }
    let damaged = damaged_files(server, &server.sql(FILES).await.concat());
    assert!(damaged.is_empty(), "{damaged}");
}

/// A file's name is its SHA-256, so every byte of it can be checked; what sha256sum complains about.
fn damaged_files(server: &Server, keys: &[String]) -> String {
    let line = |key: &String| format!("{}  {key}\n", key.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default());
    let lines: String = keys.iter().map(line).collect();
    if lines.is_empty() {
        return String::new();
    }
    let mut command = Command::new("sha256sum");
    command.args(["--check", "--quiet", "--strict"]).current_dir(server.data_dir().join("media"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sha256sum runs");
    // A thread of its own: sha256sum may fill its pipe before it has read all of ours.
    let mut input = child.stdin.take().expect("the piped stdin");
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("sha256sum is waited for");
    writing.join().expect("the writing thread").expect("the sums are read");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.success(), said.is_empty(), "sha256sum ended with {} and said: {said}", output.status);
    said
}

/// As the API tells it: counters fit, and every status has its picture.
async fn assert_consistent(server: &Server, writer: &Person) {
    let statuses = writer.reads_all(&format!("/api/v1/accounts/{}/statuses?limit=40", writer.id)).await;
    let count = writer.reads("/api/v1/accounts/verify_credentials").await["statuses_count"].clone();
    assert_eq!(count, statuses.len(), "statuses_count of {}", writer.name);
    for status in &statuses {
        let with_picture = status["content"].as_str().is_some_and(|content| content.starts_with("<p>picture "));
        assert_eq!(attachments(status).len(), usize::from(with_picture), "{}", status["content"]);
        // Every file's bytes are checked where they lie; here, that both variants are served.
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
    assert_eq!(answer.status, 200, "the file {url} is lost");
    answer.body
}

pub fn rounds(default: usize) -> usize {
    match std::env::var("FERRODON_KILL_ROUNDS") {
        Ok(rounds) => rounds.parse().unwrap_or_else(|_| panic!("FERRODON_KILL_ROUNDS={rounds} is not a number")),
        Err(_) => default,
    }
}

/// A number from the keys that the standard library draws for each of its hash maps.
pub fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
