//! Measures the search of statuses: how long the newest 20 take for words of every frequency.
//!
//! `cargo run --release -p store --example search -- 100000 /tmp/search.db`, or with the URL of an empty
//! PostgreSQL database in place of the file. It fills the index with that many rows of 30 words whose
//! frequencies fall as in a language, and prints microseconds, the best and the middle one of 50 tries. With
//! 0 rows it only measures: run `VACUUM ANALYZE` on PostgreSQL before, which autovacuum does by itself later.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use store::db::{Options, Target};
use store::search::{Query, Term, statuses};
use store::{Db, Error, StatusId, Trust, migrate};

const WORDS_A_STATUS: u64 = 30;
const VOCABULARY: f64 = 200_000.0;
const BATCH: i64 = 1_000;
const TRIES: usize = 50;
const PAGE: i64 = 20;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut args = std::env::args().skip(1);
    let count: i64 = args.next().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let place = args.next().unwrap_or_else(|| "/tmp/search.db".into());
    let target = match place.split_once("://") {
        Some(_) => Target::Postgres { listen_url: place.clone(), url: place, pool: 2 },
        None => Target::Sqlite { path: PathBuf::from(place), readers: 1 },
    };
    let clock = Arc::new(AtomicI64::new(1_700_000_000_000));
    let now = clock.clone();
    let options = Options {
        target,
        now_ms: Arc::new(move || now.load(Ordering::Relaxed)),
        random: Arc::new(|| 7),
        on_commit: Arc::new(|_| ()),
        on_change: Arc::new(|_| ()),
        trust: Trust::default(),
        node: "example".into(),
    };
    let db = Db::open(options).await?;
    migrate::migrate(&db, 0).await?;
    fill(&db, count, &clock).await?;

    let word = |word: &str| vec![Term::Token(word.into())];
    let readable = || vec![Term::Token("_public".into()), Term::Token("_u7".into())];
    let phrase = |words: &[&str]| vec![Term::Phrase(words.iter().map(|word| (*word).to_owned()).collect())];
    let cases = [
        ("in 30 % of all", vec![word("thirty"), readable()]),
        ("in 3 %", vec![word("three"), readable()]),
        ("in 0.3 %", vec![word("third"), readable()]),
        ("in 0.01 %", vec![word("rare"), readable()]),
        ("in none", vec![word("absent"), readable()]),
        ("two common words", vec![word("thirty"), word("three"), readable()]),
        ("a common phrase", vec![phrase(&["thirty", "percent"]), readable()]),
        ("a rare phrase", vec![phrase(&["rare", "bird"]), readable()]),
        ("a phrase that is not there, of common words", vec![phrase(&["percent", "thirty"]), readable()]),
        ("one's own, a common word", vec![word("thirty"), word("_u7")]),
        ("one's own, a rare word", vec![word("rare"), word("_u7")]),
    ];
    for (name, all) in cases {
        measure(&db, name, Query { all, none: Vec::new() }).await?;
    }
    db.close().await;
    Ok(())
}

async fn fill(db: &Db, count: i64, clock: &AtomicI64) -> Result<(), Error> {
    let begun = Instant::now();
    let mut state = 1_u64;
    let mut draw = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut n = 0;
    while n < count {
        let mut rows = Vec::new();
        for n in n..(n + BATCH).min(count) {
            // The logarithm of a rank is spread evenly: Zipf's law.
            let mut words: Vec<String> = (0..WORDS_A_STATUS).map(|_| format!("w{}", VOCABULARY.powf(draw()) as u64)).collect();
            if draw() < 0.3 {
                words.extend(["thirty".into(), "percent".into()]);
            }
            if draw() < 0.03 {
                words.push("three".into());
            }
            if draw() < 0.003 {
                words.push("third".into());
            }
            if draw() < 0.0001 {
                words.extend(["rare".into(), "bird".into()]);
            }
            let mut marks = vec![format!("_u{}", n % 1000), "_len".into()];
            if n % 10 < 8 {
                marks.push("_public".into());
            }
            rows.push((words, marks));
        }
        n += BATCH;
        clock.fetch_add(1_000, Ordering::Relaxed);
        db.write(move |tx| async move {
            for (words, marks) in rows {
                statuses::put(&tx, StatusId(tx.next_id()), &words, &marks).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    }
    println!("{count} rows written, {} µs each", begun.elapsed().as_micros() / count.max(1) as u128);
    Ok(())
}

async fn measure(db: &Db, name: &str, query: Query) -> Result<(), Error> {
    let mut times = Vec::new();
    let mut found = 0;
    for _ in 0..TRIES {
        let query = query.clone();
        let begun = Instant::now();
        found = db.read(move |r| async move { statuses::candidates(&r, &query, 0, i64::MAX, PAGE).await }).await?.len();
        times.push(begun.elapsed().as_micros());
    }
    times.sort_unstable();
    println!("{name:<46} {found:>3} found {:>8} µs best {:>8} µs middle", times[0], times[TRIES / 2]);
    Ok(())
}
