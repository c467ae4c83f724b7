//! Post: durable statuses a second. An answer means that the status survives a power cut.

use anyhow::Result;
use serde_json::json;

use crate::http::Ask;
use crate::load::{self, Size};
use crate::numbers::{median, quantile};
use crate::process::{self, Meter};
use crate::report::Line;
use crate::run::{Scale, World};

const PATH: &str = "/api/v1/statuses";
const WARM_UP: usize = 20;
/// However fast the server is, no more than these.
const POSTS_MAX: usize = 50_000;

pub async fn measure(world: &mut World, scale: &Scale) -> Result<Vec<Line>> {
    // The statuses of the rows before are another load: begin with a server that has settled.
    world.server.restart().await?;
    let mut lines = Vec::new();
    for (connections, followers) in [(1, 0), (8, 0), (8, world.followers)] {
        lines.push(durable(world, scale, connections, followers).await?);
    }
    Ok(lines)
}

async fn durable(world: &World, scale: &Scale, connections: usize, followers: usize) -> Result<Line> {
    let token = if followers == 0 { world.writer.clone() } else { world.reader.clone() };
    let ask = move |number: usize| Ask::post(PATH, &json!({ "status": format!("measured, number {number}"), "language": "en" })).with_token(&token);
    let size = Size { connections, requests_max: WARM_UP, time_max: scale.post_for };
    load::run(world.server.address, size, ask.clone()).await?;
    let roots = world.server.roots()?;
    process::until_quiet(&roots).await?;
    let meter = Meter::start(&roots)?;
    let load = load::run(world.server.address, Size { requests_max: POSTS_MAX, ..size }, ask).await?;
    let during = meter.stop()?;
    let busy = process::until_quiet(&roots).await?;
    let with_jobs = meter.stop()?;
    let posts = load.answers_ms.len() as f64;
    Ok(Line::new("post", "durable")
        .with("connections", connections)
        .with("followers", followers)
        .with("statuses", world.statuses)
        .value("posts_per_s", load.per_s())
        .value("p50_ms", median(&load.answers_ms))
        .value("p99_ms", quantile(&load.answers_ms, 0.99))
        .value("cpu_ms_per_post", with_jobs.server_cpu_ms / posts)
        .value("busy_afterwards_s", busy.as_secs_f64())
        .value("client_share", during.client_share)
        .value("others_share", during.others_share))
}
