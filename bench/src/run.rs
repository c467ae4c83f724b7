//! One run: the order of the rows, and the world they are measured in.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::numbers::median;
use crate::report::{Line, Run};
use crate::remotes::Remotes;
use crate::rows::{cold_start, delivery, home, idle_memory, ingest, post, reads, stream, upload};
use crate::seed::{self, Amount, PREFIX};
use crate::server::{Place, Server};
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
    pub home_requests: usize,
    pub read_requests: usize,
    pub post_for: Duration,
    pub uploads: usize,
    pub sockets: usize,
    pub stream_posts: usize,
    pub ingest_known: usize,
    pub ingest_new: usize,
    pub delivery_posts: usize,
}

impl Scale {
    pub fn new(quick: bool) -> Scale {
        let full = Scale {
            statuses: 100_000,
            cold_starts: 10,
            idle_for: Duration::from_secs(60),
            home_requests: 4_000,
            read_requests: 2_000,
            post_for: Duration::from_secs(8),
            uploads: 5,
            sockets: 200,
            stream_posts: 100,
            ingest_known: 10_000,
            ingest_new: 1_000,
            delivery_posts: 10,
        };
        if !quick {
            return full;
        }
        Scale {
            statuses: 10_000,
            cold_starts: 5,
            idle_for: Duration::from_secs(5),
            home_requests: 1_500,
            read_requests: 500,
            post_for: Duration::from_secs(3),
            uploads: 2,
            sockets: 200,
            stream_posts: 30,
            ingest_known: 2_000,
            ingest_new: 200,
            delivery_posts: 3,
        }
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
}

/// Measures `parts`, or all. Needs a `LocalSet` around it.
pub async fn all(place: &Place, scale: &Scale, parts: &[Part], commit: String) -> Result<Vec<Line>> {
    let wanted = |part: Part| parts.is_empty() || parts.contains(&part);
    let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let run = Run { commit, cores: process::cores(), fdatasync_ms: fdatasync_ms(&place.parent)?, at };
    let mut lines = Vec::new();
    if wanted(Part::ColdStart) {
        say(&format!("cold start, {} times", scale.cold_starts));
        lines.push(cold_start::fresh(place, scale).await?);
    }
    say(&format!("filling a database with {} statuses", scale.statuses));
    let mut world = fill(place, scale).await?;
    if wanted(Part::ColdStart) {
        say("cold start with that database");
        lines.push(cold_start::filled(&mut world, scale).await?);
    }
    if wanted(Part::Memory) {
        say(&format!("idle memory, after {} s", scale.idle_for.as_secs()));
        lines.extend(idle_memory::measure(&mut world, scale).await?);
    }
    if wanted(Part::Home) {
        say("home");
        lines.extend(home::measure(&mut world, scale).await?);
    }
    if wanted(Part::Reads) {
        say("notifications, local timeline, context, search");
        lines.extend(reads::measure(&mut world, scale).await?);
    }
    if wanted(Part::Post) {
        say("post");
        lines.extend(post::measure(&mut world, scale).await?);
    }
    if wanted(Part::Ingest) {
        say("ingest");
        lines.push(ingest::known(&mut world, scale).await?);
        lines.push(ingest::new(&mut world, scale).await?);
    }
    if wanted(Part::Delivery) {
        say("delivery");
        lines.extend(delivery::measure(&mut world, scale).await?);
    }
    if wanted(Part::Upload) {
        say("upload");
        lines.push(upload::measure(&mut world, scale).await?);
    }
    if wanted(Part::Stream) {
        say("stream");
        lines.push(stream::measure(&mut world, scale).await?);
    }
    world.server.stop().await?;
    for line in &mut lines {
        line.run = run.clone();
    }
    Ok(lines)
}

async fn fill(place: &Place, scale: &Scale) -> Result<World> {
    let mut server = Server::new(place).await?;
    for name in [WRITER, LISTENER, AUTHOR] {
        server.create_account(name)?;
    }
    let started = Instant::now();
    seed::fill(&server.config_file(), Amount { statuses: scale.statuses, accounts: ACCOUNTS, by_existing: false }).await?;
    say(&format!("filled in {:.1} s", started.elapsed().as_secs_f64()));
    // What was filled in past the server is not in its index.
    server.reindex()?;
    server.start().await?;
    say("building the search index");
    server.wait_for_search().await?;
    Ok(World {
        reader: server.token(&format!("{PREFIX}0"))?,
        other: server.token(&format!("{PREFIX}1"))?,
        writer: server.token(WRITER)?,
        listener: server.token(LISTENER)?,
        author: server.token(AUTHOR)?,
        remotes: Remotes::open(server.address).await?,
        statuses: scale.statuses,
        followers: (ACCOUNTS - 1).min(seed::FOLLOWS_EACH),
        server,
    })
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

/// Progress, apart from the results.
fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "-- {what}");
}
