//! Writes: posts, favourites and reblogs, each durable. An answer means that it survives a power cut.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::http::Ask;
use crate::line::Line;
use crate::load::{self, Size};
use crate::process::{self, Meter};
use crate::world::{Scale, World};

const PATH: &str = "/api/v1/statuses";
const WARM_UP: usize = 20;
/// However fast the server is, no more than these.
const POSTS_MAX: usize = 50_000;
const ACTS_TIME_MAX: Duration = Duration::from_secs(30);
const PAGE: usize = 40;
const CONNECTIONS: [usize; 2] = [1, 8];

pub async fn measure(world: &mut World, scale: &Scale) -> Result<Vec<Line>> {
    // The statuses of the rows before are another load: begin with a server that has settled.
    world.server.restart().await?;
    let mut lines = Vec::new();
    for connections in CONNECTIONS {
        lines.push(post(world, scale, connections, "without followers", &world.writer).await?);
    }
    lines.push(post(world, scale, 8, "with local followers", &world.reader).await?.with("followers", world.followers));
    let acts = CONNECTIONS.len() * (scale.acts + WARM_UP);
    for verb in ["favourite", "reblog"] {
        // Each status once: doing it twice is no work.
        let mut statuses = public_statuses(world, acts).await?;
        for connections in CONNECTIONS {
            let rest = statuses.split_off(scale.acts + WARM_UP);
            lines.push(act(world, verb, connections, statuses).await?);
            statuses = rest;
        }
    }
    Ok(lines)
}

async fn post(world: &World, scale: &Scale, connections: usize, case: &str, token: &str) -> Result<Line> {
    let token = token.to_owned();
    let ask = move |number: usize| Ask::post(PATH, &json!({ "status": format!("measured, number {number}"), "language": "en" })).with_token(&token);
    let size = Size { connections, requests_max: POSTS_MAX, time_max: scale.post_for };
    writes(world, Line::new("post", case), size, ask).await
}

async fn act(world: &World, verb: &'static str, connections: usize, statuses: Vec<String>) -> Result<Line> {
    let token = world.writer.clone();
    let size = Size { connections, requests_max: statuses.len() - WARM_UP, time_max: ACTS_TIME_MAX };
    let ask = move |number: usize| Ask::post(format!("{PATH}/{}/{verb}", statuses[number]), &json!({})).with_token(&token);
    writes(world, Line::new(verb, ""), size, ask).await
}

/// A load after a warm-up, which takes the first numbers.
async fn writes(world: &World, line: Line, size: Size, ask: impl Fn(usize) -> Ask + Clone + 'static) -> Result<Line> {
    load::run(world.server.address, Size { requests_max: WARM_UP, ..size }, ask.clone()).await?;
    process::until_quiet(&world.server.roots()?).await?;
    measured(world, line, size, move |number| ask(number + WARM_UP)).await
}

/// The load, and what it cost with the jobs that follow from it.
async fn measured(world: &World, line: Line, size: Size, ask: impl Fn(usize) -> Ask + 'static) -> Result<Line> {
    let roots = world.server.roots()?;
    let meter = Meter::start(&roots)?;
    let load = load::run(world.server.address, size, ask).await?;
    let during = meter.stop()?;
    let busy = process::until_quiet(&roots).await?;
    let with_jobs = meter.stop()?;
    Ok(line
        .with("connections", size.connections)
        .with("statuses", world.statuses)
        .cost(&process::Spent { server_cpu_ms: with_jobs.server_cpu_ms, counted: with_jobs.counted, ..during }, load.answers_ms.len())
        .value("commits_per_request", with_jobs.counted.commits / load.answers_ms.len() as f64)
        .answers(&load)
        .value("busy_afterwards_s", busy.as_secs_f64()))
}

/// The newest statuses of seeded people, as many as are wanted.
pub async fn public_statuses(world: &World, wanted: usize) -> Result<Vec<String>> {
    let (mut connection, mut found, mut before) = (world.connection().await?, Vec::new(), String::new());
    while found.len() < wanted {
        let path = format!("/api/v1/timelines/public?local=true&limit={PAGE}{before}");
        let page = connection.ask(&Ask::get(path).with_token(&world.writer)).await?.json()?;
        let page = page.as_array().filter(|page| !page.is_empty());
        let page = page.with_context(|| format!("the local timeline ends after {} of {wanted} statuses", found.len()))?;
        let own =
            |status: &&serde_json::Value| status["account"]["username"] != "writer" && status["favourited"] == false && status["reblogged"] == false;
        found.extend(page.iter().filter(own).filter_map(|status| status["id"].as_str().map(str::to_owned)));
        before = format!("&max_id={}", page[page.len() - 1]["id"].as_str().context("a status without an id")?);
    }
    ensure!(found.len() >= wanted);
    found.truncate(wanted);
    Ok(found)
}
