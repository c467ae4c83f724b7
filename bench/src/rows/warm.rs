//! One page, asked for again and again by connections that are warm.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::http::Ask;
use crate::line::Line;
use crate::load::{self, Load, Size};
use crate::process::{Meter, Spent};
use crate::world::World;

/// A quarter of the requests come first and are not counted, at least so many.
const WARM_UP_MIN: usize = 100;
const TIME_MAX: Duration = Duration::from_secs(20);

/// A page that is measured: its row and case, what is asked, how many items must come, and where in the answer they
/// are.
#[derive(Clone)]
pub struct Page {
    pub row: &'static str,
    pub case: &'static str,
    pub ask: Ask,
    /// None: the answer is one thing and not a list.
    pub items: Option<usize>,
    /// A pointer into the answer; empty: it is the list.
    pub list: &'static str,
}

/// Asks often enough that the figure is no accident, after a warm-up.
pub async fn measure(world: &World, page: &Page, connections: usize, requests: usize) -> Result<Line> {
    let body_bytes = check(world, page).await?;
    load(world, page, connections, (requests / 4).max(WARM_UP_MIN)).await?;
    let (load, spent) = load(world, page, connections, requests).await?;
    let line = Line::new(page.row, page.case)
        .with("connections", connections)
        .with("statuses", world.statuses)
        .cost(&spent, load.answers_ms.len())
        .answers(&load)
        .value("page_kib", body_bytes as f64 / 1024.0);
    Ok(line)
}

/// The page once; it must hold what it should. Returns its bytes.
pub async fn check(world: &World, page: &Page) -> Result<usize> {
    let answer = world.connection().await?.ask(&page.ask).await?;
    if let Some(wanted) = page.items {
        let items = answer.json()?.pointer(page.list).and_then(Value::as_array).map_or(0, Vec::len);
        ensure!(items == wanted, "{} holds {items} items instead of {wanted}", page.ask.path);
    }
    Ok(answer.body.len())
}

/// As many requests for the page, and what they cost.
pub async fn load(world: &World, page: &Page, connections: usize, requests: usize) -> Result<(Load, Spent)> {
    let ask = page.ask.clone();
    let meter = Meter::start(&world.server.roots()?)?;
    let size = Size { connections, requests_max: requests, time_max: TIME_MAX };
    let load = load::run(world.server.address, size, move |_| ask.clone()).await?;
    Ok((load, meter.stop()?))
}
