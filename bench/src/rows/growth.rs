//! Growth: the same pages on a small and on larger databases. The servers run side by side and are asked in turn, so
//! that the machine's moods meet all of them alike; the ratios are the result.

use anyhow::{Context, Result};

use super::reads::{self, Prepared};
use super::warm::{self, Page};
use crate::line::Line;
use crate::numbers::{median, quantile};
use crate::process;
use crate::server::Place;
use crate::world::{Scale, World, fill};

const ROUNDS: usize = 10;
const WARM_UP: usize = 50;

pub async fn measure(place: &Place, scale: &Scale) -> Result<Vec<Line>> {
    let mut worlds = Vec::new();
    for statuses in &scale.growth {
        let world = fill(place, *statuses).await?;
        let prepared = reads::prepare(&world).await?;
        process::until_quiet(&world.server.roots()?).await?;
        worlds.push((world, prepared));
    }
    let cases: Vec<&str> = worlds.first().map(|(world, prepared)| pages(world, prepared).map(|page| page.case).to_vec()).unwrap_or_default();
    let mut lines = Vec::new();
    for number in 0..cases.len() {
        lines.extend(one(&worlds, number, scale).await?);
    }
    for (mut world, _) in worlds {
        world.server.stop().await?;
    }
    Ok(lines)
}

fn pages(world: &World, prepared: &Prepared) -> [Page; 5] {
    let [(_, rare), (_, common), _, (_, phrase)] = reads::searches(world, "growth");
    [
        super::home::first_page(world, "growth", "home 20"),
        prepared.context(world, "growth", "context of 100"),
        Page { case: "search, rare word", ..rare },
        Page { case: "search, common word", ..common },
        Page { case: "search, phrase", ..phrase },
    ]
}

/// The page `number` on each of the databases.
async fn one(worlds: &[(World, Prepared)], number: usize, scale: &Scale) -> Result<Vec<Line>> {
    let pages: Vec<Page> = worlds.iter().map(|(world, prepared)| pages(world, prepared)[number].clone()).collect();
    let mut figures = vec![(Vec::new(), 0.0); worlds.len()];
    for ((world, _), page) in worlds.iter().zip(&pages) {
        warm::check(world, page).await?;
        warm::load(world, page, 1, WARM_UP).await?;
    }
    for _ in 0..ROUNDS {
        for (((world, _), page), (answers_ms, cpu_ms)) in worlds.iter().zip(&pages).zip(&mut figures) {
            let (load, spent) = warm::load(world, page, 1, scale.read_requests.div_ceil(ROUNDS)).await?;
            answers_ms.extend(load.answers_ms);
            *cpu_ms += spent.server_cpu_ms;
        }
    }
    let smallest = median(&figures.first().context("no database to measure")?.0);
    let line = |number: usize| {
        let (answers_ms, cpu_ms): &(Vec<f64>, f64) = &figures[number];
        Line::new(pages[number].row, pages[number].case)
            .with("statuses", worlds[number].0.statuses)
            .value("p50_ratio_to_smallest", median(answers_ms) / smallest)
            .value("cpu_ms_per_request", cpu_ms / answers_ms.len() as f64)
            .value("p50_ms", median(answers_ms))
            .value("p99_ms", quantile(answers_ms, 0.99))
    };
    Ok((0..worlds.len()).map(line).collect())
}
