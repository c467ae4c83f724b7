//! One run: the order of the rows, and the world they are measured in.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::numbers::median;
use crate::remotes::Remotes;
use crate::report::{Line, Run};
use crate::rows::{cold_start, delivery, growth, home, ingest, machine, memory, post, reads, stream, upload};
use crate::seed::{self, Amount, PREFIX};
use crate::server::{Place, Server};
use crate::targets::LARGE;
use crate::{http, process};

/// Accounts that post and follow each other.
const ACCOUNTS: usize = 200;
/// People beside the seeded ones; their names.
const WRITER: &str = "writer";
const LISTENER: &str = "listener";
const AUTHOR: &str = "author";
const SYNCS: usize = 40;
const SYNC_BYTES: usize = 4096;

/// How large each measure is.
pub struct Scale {
    pub statuses: usize,
    pub cold_starts: usize,
    pub idle_for: Duration,
    pub walks: usize,
    pub home_requests: usize,
    pub read_requests: usize,
    pub post_for: Duration,
    pub acts: usize,
    pub ingest_known: usize,
    pub ingest_new: usize,
    pub delivery_posts: usize,
    pub uploads: usize,
    /// Sockets, and how many posts they are sent.
    pub sockets: Vec<(usize, usize)>,
    /// Statuses of the databases that are compared.
    pub growth: Vec<usize>,
}

impl Scale {
    pub fn full() -> Scale {
        Scale {
            statuses: 100_000,
            cold_starts: 10,
            idle_for: Duration::from_secs(20),
            walks: 10,
            home_requests: 4_000,
            read_requests: 2_000,
            post_for: Duration::from_secs(8),
            acts: 1_000,
            ingest_known: 10_000,
            ingest_new: 1_000,
            delivery_posts: 10,
            uploads: 5,
            sockets: vec![(1_000, 50), (5_000, 20)],
            growth: vec![10_000, 100_000],
        }
    }

    pub fn quick() -> Scale {
        Scale {
            statuses: 10_000,
            cold_starts: 3,
            idle_for: Duration::from_secs(2),
            walks: 1,
            home_requests: 1_000,
            read_requests: 300,
            post_for: Duration::from_secs(1),
            acts: 100,
            ingest_known: 2_000,
            ingest_new: 200,
            delivery_posts: 3,
            uploads: 1,
            sockets: vec![(1_000, 5)],
            growth: vec![2_000, 10_000],
        }
    }

    /// With a large database beside the smaller ones.
    pub fn with_large(mut self) -> Scale {
        self.growth.push(LARGE);
        self
    }
}

/// A running server with a filled database, and a few people.
pub struct World {
    pub server: Server,
    /// The servers that it federates with.
    pub remotes: Remotes,
    /// The token of one of the seeded accounts: follows many and is followed by as many.
    pub reader: String,
    /// The token of somebody whom nobody follows.
    pub writer: String,
    /// The token of another of the seeded accounts.
    pub other: String,
    /// The token of somebody who follows people of other servers only.
    pub listener: String,
    /// The token of somebody whom people of other servers follow.
    pub author: String,
    pub statuses: usize,
    pub database_bytes: u64,
    pub followers: usize,
}

impl World {
    /// A connection for what is done once.
    pub async fn connection(&self) -> Result<http::Connection> {
        http::Connection::open(self.server.address).await
    }
}

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

/// A running server with so many statuses in its database and in its search index.
pub async fn fill(place: &Place, statuses: usize) -> Result<World> {
    say(&format!("filling a database with {statuses} statuses"));
    let mut server = Server::new(place).await?;
    for name in [WRITER, LISTENER, AUTHOR] {
        server.create_account(name)?;
    }
    let started = Instant::now();
    seed::fill(&server.config_file(), Amount { statuses, accounts: ACCOUNTS, by_existing: false }).await?;
    say(&format!("filled in {:.1} s; building the search index", started.elapsed().as_secs_f64()));
    // What was filled in past the server is not in its index.
    server.reindex()?;
    server.start().await?;
    server.wait_for_search().await?;
    // Stopped, so that everything is in the file.
    server.stop().await?;
    let database_bytes = server.database_bytes().await?;
    server.start().await?;
    Ok(World {
        reader: server.token(&format!("{PREFIX}0"))?,
        other: server.token(&format!("{PREFIX}1"))?,
        writer: server.token(WRITER)?,
        listener: server.token(LISTENER)?,
        author: server.token(AUTHOR)?,
        remotes: Remotes::open(server.address).await?,
        statuses,
        database_bytes,
        followers: (ACCOUNTS - 1).min(seed::FOLLOWS_EACH),
        server,
    })
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

/// Progress, apart from the results.
fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "-- {what}");
}
