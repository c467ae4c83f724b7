//! One run: the order of the rows.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::line::{Line, Run};
use crate::numbers::median;
use crate::process;
use crate::rows::{cold_start, delivery, growth, home, ingest, machine, memory, post, reads, stream, upload};
use crate::server::Place;
use crate::world::{Scale, World, fill, say};

const SYNCS: usize = 40;
const SYNC_BYTES: usize = 4096;

/// What can be measured alone, in the order in which it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    ColdStart,
    Memory,
    Home,
    Reads,
    Post,
    Ingest,
    Delivery,
    Upload,
    Stream,
    Growth,
}

/// Measures `parts`, or all. Needs a `LocalSet` around it.
pub async fn all(place: &Place, scale: &Scale, parts: &[Part], commit: String) -> Result<Vec<Line>> {
    let wanted = |part: &Part| parts.is_empty() || parts.contains(part);
    let run = run(place, commit)?;
    let mut lines = Vec::new();
    if wanted(&Part::ColdStart) {
        say("cold start, empty");
        lines.push(cold_start::fresh(place, scale).await?);
    }
    if Part::value_variants().iter().any(|part| wanted(part) && *part != Part::Growth) {
        lines.extend(on_one_database(place, scale, wanted).await?);
    }
    if wanted(&Part::Growth) {
        begin(&mut lines, "growth")?;
        lines.extend(growth::measure(place, scale).await?);
    }
    for line in &mut lines {
        line.run = run.clone();
    }
    Ok(lines)
}

/// All that is measured on a database of one size: each phase begins with a start, so that its peak is its own.
async fn on_one_database(place: &Place, scale: &Scale, wanted: impl Fn(&Part) -> bool) -> Result<Vec<Line>> {
    let mut world = fill(place, scale.statuses).await?;
    let mut lines = vec![size(&world)];
    if wanted(&Part::ColdStart) {
        say("cold start, filled");
        lines.push(cold_start::filled(&mut world, scale).await?);
    }
    lines.extend(api_phase(&mut world, scale, &wanted).await?);
    lines.extend(federation_phase(&mut world, scale, &wanted).await?);
    if wanted(&Part::Upload) {
        begin(&mut lines, "upload")?;
        lines.push(upload::measure(&mut world, scale).await?);
    }
    if wanted(&Part::Stream) {
        begin(&mut lines, "stream")?;
        for (sockets, posts) in &scale.sockets {
            lines.push(stream::measure(&mut world, *sockets, *posts).await?);
        }
    }
    world.server.stop().await?;
    Ok(lines)
}

async fn api_phase(world: &mut World, scale: &Scale, wanted: impl Fn(&Part) -> bool) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    if ![Part::Memory, Part::Home, Part::Reads, Part::Post].iter().any(&wanted) {
        return Ok(lines);
    }
    world.server.forget_peak().await?;
    if wanted(&Part::Memory) {
        say("memory");
        lines.extend(memory::measure(world, scale).await?);
    }
    if wanted(&Part::Home) {
        begin(&mut lines, "home")?;
        lines.extend(home::measure(world, scale).await?);
    }
    if wanted(&Part::Reads) {
        begin(&mut lines, "reads")?;
        lines.extend(reads::measure(world, scale).await?);
    }
    if wanted(&Part::Post) {
        begin(&mut lines, "post")?;
        lines.extend(post::measure(world, scale).await?);
    }
    lines.push(memory::peak(world, "peak of the API phase")?);
    Ok(lines)
}

async fn federation_phase(world: &mut World, scale: &Scale, wanted: impl Fn(&Part) -> bool) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    if ![Part::Ingest, Part::Delivery].iter().any(&wanted) {
        return Ok(lines);
    }
    world.server.forget_peak().await?;
    if wanted(&Part::Ingest) {
        begin(&mut lines, "ingest")?;
        lines.push(ingest::known(world, scale).await?);
        lines.push(memory::at_rest(world, scale, "after ingested activities").await?.with("activities", scale.ingest_known));
        lines.push(ingest::new(world, scale).await?);
    }
    if wanted(&Part::Delivery) {
        begin(&mut lines, "delivery")?;
        lines.extend(delivery::measure(world, scale).await?);
    }
    lines.push(memory::peak(world, "peak of the federation phase")?);
    Ok(lines)
}

fn size(world: &World) -> Line {
    let mb = world.database_bytes as f64 / 1e6;
    Line::new("database", "size")
        .with("statuses", world.statuses)
        .value("mb_per_100k_statuses", mb * 100_000.0 / world.statuses as f64)
        .value("database_mb", mb)
}

fn run(place: &Place, commit: String) -> Result<Run> {
    let database = if place.postgres.is_some() { "PostgreSQL" } else { "SQLite" };
    let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(Run { commit, database: database.into(), cores: process::cores(), fdatasync_ms: fdatasync_ms(&place.parent)?, at })
}

/// What one durable write costs on this disk, without any server.
fn fdatasync_ms(parent: &Path) -> Result<f64> {
    let file = tempfile::tempfile_in(parent).with_context(|| format!("cannot write in {}", parent.display()))?;
    let times: Vec<f64> = (0..SYNCS).map(|number| one_sync(&file, number)).collect::<Result<_>>()?;
    Ok(median(&times))
}

fn one_sync(file: &File, number: usize) -> Result<f64> {
    let started = Instant::now();
    file.write_all_at(&[7; SYNC_BYTES], (number * SYNC_BYTES) as u64)?;
    file.sync_data()?;
    Ok(started.elapsed().as_secs_f64() * 1000.0)
}

/// A part begins: says so, and how fast the machine is just then.
fn begin(lines: &mut Vec<Line>, part: &str) -> Result<()> {
    say(part);
    lines.push(machine::measure(part)?);
    Ok(())
}
