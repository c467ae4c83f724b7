//! Instructions per request, counted by callgrind: noise of the machine, which moves times by a fifth, does not move
//! them. N requests against 2N, the difference over N, so that what runs beside them falls out.

mod accepted;
mod callgrind;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use accepted::{Cost, Values};
use callgrind::{Callgrind, Profile, is_allocators};

use crate::counters::Counters;
use crate::http::Ask;
use crate::load::{self, Size};
use crate::process;
use crate::rows::{delivery, ingest, memory, post, reads};
use crate::server::Place;
use crate::world::{Scale, World, fill};

const STATUSES: usize = 5_000;
/// Hosts with a follower each.
const FOLLOWED_FROM: usize = 20;
/// Requests that make what is made once, before any are counted.
const WARM_UP: usize = 15;
const LOAD_LIMIT: Duration = Duration::from_secs(100);
const DELIVERY_LIMIT: Duration = Duration::from_secs(60);

/// A kind of request, and how many of them are one round.
struct Kind {
    name: &'static str,
    round: usize,
    ask: Box<dyn Fn(usize) -> Ask>,
}

impl Kind {
    fn new(name: &'static str, round: usize, ask: impl Fn(usize) -> Ask + 'static) -> Kind {
        Kind { name, round, ask: Box::new(ask) }
    }

    /// How many are asked in all: the numbers below it.
    const fn asked(round: usize) -> usize {
        WARM_UP + 3 * round
    }
}

/// Counts all, shows them beside the accepted values at `path`, or accepts them. False if one has grown.
pub async fn check(place: &Place, path: &Path, accept: bool) -> Result<(String, bool)> {
    let now = measure(place).await?;
    if accept {
        accepted::write(path, &now)?;
        return Ok((format!("accepted in {}\n", path.display()), true));
    }
    let before = accepted::read(path)?;
    let (table, is_fine) = accepted::compare(&before, &now);
    if before.made_with != now.made_with {
        let why = format!(
            "Nothing is judged, for the figures are not comparable:\n  accepted with {}\n  now with      {}\n",
            before.made_with, now.made_with
        );
        return Ok((table + &why, true));
    }
    Ok((table, is_fine))
}

async fn measure(place: &Place) -> Result<Values> {
    let mut world = fill(place, STATUSES).await?;
    let memory = memory::measure(&mut world, &Scale::quick()).await?;
    let used = memory.last().and_then(|line| line.values.get("rss_mb")?.as_f64()).context("the memory after mixed requests")?;

    let prepared = reads::prepare(&world).await?;
    delivery::gain_from(&world, FOLLOWED_FROM).await?;
    let mut kinds = reading(&world, &prepared);
    kinds.extend(writing(&world).await?);
    kinds.push(known_author(&world).await?);

    let mut requests = BTreeMap::new();
    let dir = world.server.directory().to_owned();
    world.server.restart_behind(callgrind::prefix(&dir)).await?;
    let mut callgrind = begun(&world)?;
    for kind in &kinds {
        requests.insert(kind.name.to_owned(), count(&world, &mut callgrind, kind).await?);
    }
    requests.insert("delivery".to_owned(), deliveries(&world, &mut callgrind).await?);
    world.server.stop().await?;
    world.server.set_caches(false)?;
    world.server.start_behind(callgrind::prefix(&dir)).await?;
    let mut callgrind = begun(&world)?;
    let cold = Kind::new("home, caches off", 10, page(&world.reader, "/api/v1/timelines/home?limit=20"));
    requests.insert(cold.name.to_owned(), count(&world, &mut callgrind, &cold).await?);
    world.server.stop().await?;
    Ok(Values { made_with: accepted::made_with()?, memory_after_mixed_mb: (used * 10.0).round() / 10.0, requests })
}

fn begun(world: &World) -> Result<Callgrind> {
    let callgrind = Callgrind::of(world.server.pid()?, world.server.directory());
    callgrind.begin()?;
    Ok(callgrind)
}

fn page(token: &str, path: &str) -> impl Fn(usize) -> Ask + use<> {
    let ask = Ask::get(path).with_token(token);
    move |_| ask.clone()
}

fn reading(world: &World, prepared: &reads::Prepared) -> Vec<Kind> {
    let reader = |path: &str| page(&world.reader, path);
    let context = format!("/api/v1/statuses/{}/context", prepared.root);
    vec![
        Kind::new("home, warm", 60, reader("/api/v1/timelines/home?limit=20")),
        Kind::new("local timeline", 30, reader("/api/v1/timelines/public?local=true&limit=20")),
        Kind::new("notifications", 30, reader("/api/v1/notifications?limit=20")),
        Kind::new("thread", 15, reader(&context)),
        Kind::new("search", 15, reader("/api/v2/search?type=statuses&limit=20&q=garden")),
        Kind::new("verify_credentials", 60, reader("/api/v1/accounts/verify_credentials")),
        Kind::new("account", 60, reader(&format!("/api/v1/accounts/{}", prepared.account))),
        Kind::new("instance", 60, |_| Ask::get("/api/v1/instance")),
    ]
}

async fn writing(world: &World) -> Result<Vec<Kind>> {
    const ROUND: usize = 15;
    let statuses = post::public_statuses(world, Kind::asked(ROUND)).await?;
    let (writer, favouriter) = (world.writer.clone(), world.writer.clone());
    Ok(vec![
        Kind::new("post", ROUND, move |number| {
            Ask::post("/api/v1/statuses", &json!({ "status": format!("counted, number {number}"), "language": "en" })).with_token(&writer)
        }),
        Kind::new("favourite", ROUND, move |number| {
            Ask::post(format!("/api/v1/statuses/{}/favourite", statuses[number]), &json!({})).with_token(&favouriter)
        }),
    ])
}

async fn known_author(world: &World) -> Result<Kind> {
    const ROUND: usize = 30;
    let asks = ingest::by_known_authors(world, Kind::asked(ROUND)).await?;
    Ok(Kind::new("ingest of a known author", ROUND, move |number| asks[number].clone()))
}

/// What one request of a kind costs, with the jobs that follow from it.
async fn count(world: &World, callgrind: &mut Callgrind, kind: &Kind) -> Result<Cost> {
    let mut asked = 0;
    let mut round = async |requests: usize| -> Result<(Profile, Counters)> {
        let before = Counters::read(world.server.roots()?.metrics)?;
        let asks: Vec<Ask> = (asked..asked + requests).map(&kind.ask).collect();
        asked += requests;
        let size = Size { connections: 1, requests_max: requests, time_max: LOAD_LIMIT };
        let load = load::run(world.server.address, size, move |number| asks[number].clone()).await?;
        ensure!(load.answers_ms.len() == requests, "{}: {} of {requests} requests within {LOAD_LIMIT:?}", kind.name, load.answers_ms.len());
        let counted = Counters::read(world.server.roots()?.metrics)?.since(before);
        process::until_quiet(&world.server.roots()?).await?;
        Ok((callgrind.take()?, counted))
    };
    round(WARM_UP).await?;
    let (once, twice) = (round(kind.round).await?, round(2 * kind.round).await?);
    Ok(cost(once, twice, kind.round))
}

/// What one delivery costs, with its part of the post.
async fn deliveries(world: &World, callgrind: &mut Callgrind) -> Result<Cost> {
    const ROUND: usize = 3;
    let mut rounds = Vec::new();
    for posts in [2, ROUND, 2 * ROUND] {
        let before = Counters::read(world.server.roots()?.metrics)?;
        let mut connection = world.connection().await?;
        for number in 0..posts {
            world.remotes.forget();
            let post = Ask::post("/api/v1/statuses", &json!({ "status": format!("to all who follow, {posts}/{number}"), "language": "en" }));
            connection.ask(&post.with_token(&world.author)).await?;
            world.remotes.until_arrived("Create", FOLLOWED_FROM, DELIVERY_LIMIT).await?;
        }
        process::until_quiet(&world.server.roots()?).await?;
        let counted = Counters::read(world.server.roots()?.metrics)?.since(before);
        rounds.push((callgrind.take()?, counted));
    }
    let (twice, once) = (rounds.pop().context("the last round")?, rounds.pop().context("the round before")?);
    Ok(cost(once, twice, ROUND * FOLLOWED_FROM))
}

fn cost((once, counted_once): (Profile, Counters), (twice, counted_twice): (Profile, Counters), requests: usize) -> Cost {
    let each = |once: u64, twice: u64| twice.saturating_sub(once) as f64 / requests as f64;
    let functions = twice.by_function.iter().filter(|(name, _)| !is_allocators(name)).map(|(name, cost)| {
        let once = once.by_function.get(name).copied().unwrap_or(0);
        (name.clone(), each(once, *cost).round() as u64)
    });
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    let statements = (counted_twice.statements - counted_once.statements) / requests as f64;
    let instructions = each(once.instructions(), twice.instructions()).round() as u64;
    Cost::of(instructions, tenths(each(once.allocations, twice.allocations)), tenths(statements), functions.collect())
}
