//! Prints how many transactions of eight statements a second SQLite takes from 16 tasks, each durable, and how
//! many statuses a second `seed` writes.
//!
//! `cargo run --release -p store --features seeding --example throughput [DIRECTORY]` (the directory decides which disk)

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use store::db::Target;
use store::seed::{self, Crowd, Posts};
use store::statuses::{NewStatus, Visibility};
use store::{AccountId, Db, Options, StatusId, Trust, Tx, favourites, feeds, migrate, stats, statuses};

const TASKS: i64 = 16;
const SEEDED: usize = 100_000;
const RUN_FOR: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let dir = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from).join(format!("throughput-{}", std::process::id()));
    std::fs::create_dir(&dir)?;
    let outcome = measure(dir.join("test.db")).await;
    std::fs::remove_dir_all(&dir)?;
    outcome
}

async fn measure(path: PathBuf) -> Result<(), Box<dyn Error>> {
    let options = Options {
        target: Target::Sqlite { path, readers: 2 },
        now_ms: Arc::new(now_ms),
        random: Arc::new(|| 0),
        on_commit: Arc::new(|_| ()),
        on_change: Arc::new(|_| ()),
        trust: Trust::default(),
        node: "example".into(),
    };
    let db = Db::open(options).await?;
    migrate::migrate(&db, now_ms()).await?;
    let began = Instant::now();
    let tasks: Vec<_> = (1..=TASKS).map(|task| tokio::spawn(write_for(db.clone(), AccountId(task), began))).collect();
    let mut written = 0;
    for task in tasks {
        written += task.await??;
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("{written} transactions of 8 statements in {seconds:.1} s with {TASKS} tasks: {:.0} a second", f64::from(written) / seconds);
    seed_statuses(&db).await?;
    db.close().await;
    Ok(())
}

async fn seed_statuses(db: &Db) -> store::Result<()> {
    let base_url = "https://here.test".to_owned();
    let crowd = Crowd { count: 500, prefix: "u".into(), base_url: base_url.clone(), password_hash: "hash".into(), follows_each: 30 };
    let people = seed::accounts(db, &crowd).await?;
    let authors: Vec<AccountId> = people.iter().map(|person| person.0).collect();
    let began = Instant::now();
    // Long ago, so that their ids are not those of the transactions above.
    let posts = Posts { count: SEEDED, base_url, until_ms: now_ms() - 86_400_000, apart_ms: 1_000, seed: 1, compose: None };
    seed::statuses(db, &authors, &posts).await?;
    let seconds = began.elapsed().as_secs_f64();
    println!("{SEEDED} statuses seeded in {seconds:.1} s: {:.0} a second", SEEDED as f64 / seconds);
    Ok(())
}

async fn write_for(db: Db, account: AccountId, began: Instant) -> store::Result<u32> {
    let mut written = 0;
    while began.elapsed() < RUN_FOR {
        db.write(move |tx| async move { eight_statements(&tx, account).await }).await?;
        written += 1;
    }
    Ok(written)
}

/// About what posting a status writes.
async fn eight_statements(tx: &Tx, account_id: AccountId) -> store::Result<()> {
    let conversation = statuses::insert_conversation(tx).await?;
    let id = StatusId(tx.next_id());
    let status = NewStatus {
        id,
        account_id,
        uri: format!("https://here.test/ap/users/{account_id}/statuses/{id}"),
        url: None,
        text: "the garden was full of small birds".into(),
        content: "<p>the garden was full of small birds</p>".into(),
        spoiler_text: String::new(),
        sensitive: false,
        visibility: Visibility::Public,
        language: Some("en".into()),
        in_reply_to: None,
        reblog_of_id: None,
        conversation_id: Some(conversation),
        application_id: None,
        quote_approval_policy: 0,
        local: true,
        orphan: false,
        emojis: String::new(),
        created_at: tx.now(),
    };
    statuses::insert(tx, &status).await?;
    statuses::insert_mention(tx, id, account_id, false).await?;
    let entry = feeds::Entry { status_id: id, account_id, reblog_of_id: None, in_reply_to_account_id: None, visibility: 0, language: None };
    feeds::insert(tx, account_id, &entry).await?;
    favourites::insert(tx, account_id, id).await?;
    statuses::find(tx, id).await?;
    stats::add_to_statuses(tx, vec![(id, stats::StatusDelta { favourites: 1, ..Default::default() })]).await?;
    stats::add_to_accounts(tx, vec![(account_id, stats::AccountDelta { statuses: 1, last_status_at: Some(tx.now()), ..Default::default() })]).await
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
