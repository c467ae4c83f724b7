//! Home: the first page of twenty, warm, and as the first thing asked after a start.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::http::Ask;
use crate::load::{self, Size};
use crate::numbers::{largest, median, quantile};
use crate::process::{self, Meter};
use crate::report::Line;
use crate::run::{Scale, World};

const PATH: &str = "/api/v1/timelines/home?limit=20";
const ITEMS: usize = 20;
const WARM_UP: usize = 100;
const TIME_MAX: Duration = Duration::from_secs(20);

pub async fn measure(world: &mut World, scale: &Scale) -> Result<Vec<Line>> {
    let first = first_touch(world, scale).await?;
    let mut lines = Vec::new();
    for connections in [1, 8] {
        lines.push(warm(world, scale, connections).await?);
    }
    lines.push(first);
    Ok(lines)
}

async fn warm(world: &World, scale: &Scale, connections: usize) -> Result<Line> {
    let home = Ask::get(PATH).with_token(&world.reader);
    let page = world.connection().await?.ask(&home).await?;
    let items = page.json()?.as_array().map_or(0, Vec::len);
    ensure!(items == ITEMS, "the home timeline holds {items} items instead of {ITEMS}");
    let size = Size { connections, requests_max: WARM_UP, time_max: TIME_MAX };
    let ask = home.clone();
    load::run(world.server.address, size, move |_| ask.clone()).await?;
    let meter = Meter::start(&world.server.roots()?)?;
    let load = load::run(world.server.address, Size { requests_max: scale.home_requests, ..size }, move |_| home.clone()).await?;
    let spent = meter.stop()?;
    Ok(Line::new("home 20", "warm")
        .with("connections", connections)
        .with("statuses", world.statuses)
        .value("p50_ms", median(&load.answers_ms))
        .value("p99_ms", quantile(&load.answers_ms, 0.99))
        .value("requests_per_s", load.per_s())
        .value("cpu_ms_per_request", spent.server_cpu_ms / load.answers_ms.len() as f64)
        .value("page_kib", page.body.len() as f64 / 1024.0)
        .value("client_share", spent.client_share)
        .value("others_share", spent.others_share))
}

/// The server has no switch for its caches; after a start they are empty. (Those of the kernel are not.)
async fn first_touch(world: &mut World, scale: &Scale) -> Result<Line> {
    let home = Ask::get(PATH).with_token(&world.reader);
    let mut first_ms = Vec::new();
    for _ in 0..scale.cold_starts {
        world.server.restart().await?;
        // What a start begins in the background is not a part of the page.
        process::until_quiet(&world.server.roots()?).await?;
        let mut connection = world.connection().await?;
        connection.ask(&Ask::get("/api/v1/instance")).await?;
        let asked = Instant::now();
        connection.ask(&home).await?;
        first_ms.push(asked.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Line::new("home 20", "first after a start")
        .with("statuses", world.statuses)
        .value("p50_ms", median(&first_ms))
        .value("slowest_ms", largest(&first_ms)))
}
