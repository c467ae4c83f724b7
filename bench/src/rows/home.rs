//! Home: the first page warm, with caches off, and as the first thing asked after a start; and walking back, where each
//! page is shown for the first time.

use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::warm::{self, Page};
use crate::http::Ask;
use crate::line::Line;
use crate::numbers::{largest, median, quantile};
use crate::process::{self, Meter};
use crate::world::{Scale, World};

const PATH: &str = "/api/v1/timelines/home";
/// Pages of one walk at most; a feed may end before.
const PAGES_MAX: usize = 20;
const PAGES_MIN: usize = 5;

pub async fn measure(world: &mut World, scale: &Scale) -> Result<Vec<Line>> {
    let (first, back) = walks(world, scale, 20, "20, walking back").await?;
    let (_, back_by_40) = walks(world, scale, 40, "40, walking back").await?;
    let mut lines = Vec::new();
    for (case, limit, connections) in [("20, warm", 20, 1), ("20, warm", 20, 8), ("40, warm", 40, 1)] {
        let page = Page { row: "home", case, ask: page(world, limit, ""), items: Some(limit), list: "" };
        lines.push(warm::measure(world, &page, connections, scale.home_requests).await?);
    }
    world.server.restart_with_caches(false).await?;
    let uncached = Page { row: "home", case: "20, caches off", ask: page(world, 20, ""), items: Some(20), list: "" };
    lines.push(warm::measure(world, &uncached, 1, scale.home_requests).await?);
    world.server.restart_with_caches(true).await?;
    lines.extend([first, back, back_by_40]);
    Ok(lines)
}

/// The first page of twenty, for another row.
pub fn first_page(world: &World, row: &'static str, case: &'static str) -> Page {
    Page { row, case, ask: page(world, 20, ""), items: Some(20), list: "" }
}

fn page(world: &World, limit: usize, further: &str) -> Ask {
    Ask::get(format!("{PATH}?limit={limit}{further}")).with_token(&world.reader)
}

/// Walks, each after a start: then no cache of the server holds a page. (Those of the kernel do.) Their first pages are
/// a line of their own.
async fn walks(world: &mut World, scale: &Scale, limit: usize, case: &str) -> Result<(Line, Line)> {
    let (mut first_ms, mut first_cpu_ms, mut back_ms, mut back_cpu_ms) = (Vec::new(), Vec::new(), Vec::new(), 0.0);
    for _ in 0..scale.walks {
        world.server.restart().await?;
        let roots = world.server.roots()?;
        // What a start begins in the background is not a part of the page.
        process::until_quiet(&roots).await?;
        let mut connection = world.connection().await?;
        connection.ask(&Ask::get("/api/v1/instance")).await?;
        let mut before = String::new();
        let mut meter = Meter::start(&roots)?;
        for number in 0..PAGES_MAX {
            let asked = Instant::now();
            let answer = connection.ask(&page(world, limit, &before)).await?;
            let answered_ms = asked.elapsed().as_secs_f64() * 1000.0;
            if number == 0 {
                first_ms.push(answered_ms);
                first_cpu_ms.push(meter.stop()?.server_cpu_ms);
                meter = Meter::start(&roots)?;
            } else {
                back_ms.push(answered_ms);
            }
            let shown = answer.json()?;
            let shown = shown.as_array().context("a page that is no list")?;
            ensure!(shown.len() == limit || number >= PAGES_MIN, "page {number} of home holds {} items instead of {limit}", shown.len());
            if shown.len() < limit {
                break;
            }
            before = format!("&max_id={}", shown[limit - 1]["id"].as_str().context("a status without an id")?);
        }
        back_cpu_ms += meter.stop()?.server_cpu_ms;
    }
    let first = Line::new("home", "20, first after a start")
        .with("statuses", world.statuses)
        .value("cpu_ms_per_request", median(&first_cpu_ms))
        .value("p50_ms", median(&first_ms))
        .value("slowest_ms", largest(&first_ms));
    let back = Line::new("home", case)
        .with("statuses", world.statuses)
        .with("pages", back_ms.len())
        .value("cpu_ms_per_request", back_cpu_ms / back_ms.len() as f64)
        .value("p50_ms", median(&back_ms))
        .value("p99_ms", quantile(&back_ms, 0.99));
    Ok((first, back))
}
