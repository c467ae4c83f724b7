//! A page of 20 statuses: from the database's rows or from memory to entities, and those to JSON.

use app::testing::{Engine, World};
use app::{Viewer, timelines};
use criterion::{Criterion, Throughput};
use store::page::Page;
use store::seed::{self, Crowd, Posts};
use tokio::runtime::Runtime;

const PEOPLE: usize = 20;
const STATUSES: usize = 2_000;
const PAGE: i64 = 20;
const HERE: &str = "https://here.test";

pub fn measure(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("page");
    for (name, cards_bytes) in [("rows of the database to entities", 0), ("rows in memory to entities", 8 << 20)] {
        let (world, viewer) = runtime.block_on(world(cards_bytes));
        let show = || runtime.block_on(timelines::home(&world.app, &viewer, page())).unwrap().1;
        assert_eq!(show().len(), PAGE as usize);
        group.bench_function(name, |bencher| bencher.iter(show));
        if cards_bytes == 0 {
            let shown = show();
            let bytes = serde_json::to_vec(&shown).unwrap().len() as u64;
            group.throughput(Throughput::Bytes(bytes));
            group.bench_function("entities to JSON", |bencher| bencher.iter(|| serde_json::to_vec(&shown).unwrap()));
        }
    }
    group.finish();
}

/// A filled database, and somebody whose home has statuses of all others.
async fn world(cards_bytes: u64) -> (World, Viewer) {
    let world = World::with(Engine::Sqlite, |options| options.cards_bytes = cards_bytes).await.with_user("reader").await;
    let crowd = Crowd { count: PEOPLE, prefix: "u".into(), base_url: HERE.into(), password_hash: "!".into(), follows_each: PEOPLE };
    let people: Vec<_> = seed::accounts(&world.app.db, &crowd).await.unwrap().into_iter().map(|person| person.0).collect();
    let reader = world.user("reader");
    seed::follow_all(&world.app.db, reader.account, &people).await.unwrap();
    let posts = Posts { count: STATUSES, base_url: HERE.into(), until_ms: world.now(), apart_ms: 1_000, seed: 1, compose: None };
    seed::statuses(&world.app.db, &people, &posts).await.unwrap();
    (world, reader.viewer().await)
}

fn page() -> Page {
    Page { limit: PAGE, ..Page::default() }
}
