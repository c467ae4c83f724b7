//! One run: the order of the rows, and the world they are measured in.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::numbers::median;
use crate::report::{Line, Run};
use crate::rows::{cold_start, home, idle_memory, post, reads, stream, upload};
use crate::seed::{self, Amount, PREFIX};
use crate::server::Server;
use crate::{http, process};

/// Accounts that post and follow each other.
const ACCOUNTS: usize = 200;
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
        }
    }
}

/// A running server with a filled database, and two people.
pub struct World {
    pub server: Server,
    /// The token of one of the seeded accounts: follows many and is followed by as many.
    pub reader: String,
    /// The token of somebody whom nobody follows.
    pub writer: String,
    /// The token of another of the seeded accounts.
    pub other: String,
    pub statuses: usize,
    pub followers: usize,
}

impl World {
    /// A connection for what is done once.
    pub async fn connection(&self) -> Result<http::Connection> {
        http::Connection::open(self.server.address).await
    }
}

/// Measures all rows of the server `binary`, with its data below `parent`.
pub async fn all(binary: &Path, parent: &Path, scale: &Scale, commit: String) -> Result<Vec<Line>> {
    let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let run = Run { commit, cores: process::cores(), fdatasync_ms: fdatasync_ms(parent)?, at };
    say(&format!("cold start, {} times", scale.cold_starts));
    let mut lines = vec![cold_start::fresh(binary, parent, scale).await?];
    say(&format!("filling a database with {} statuses", scale.statuses));
    let mut world = fill(binary, parent, scale).await?;
    say("cold start with that database");
    lines.push(cold_start::filled(&mut world, scale).await?);
    say(&format!("idle memory, after {} s", scale.idle_for.as_secs()));
    lines.extend(idle_memory::measure(&mut world, scale).await?);
    say("home");
    lines.extend(home::measure(&mut world, scale).await?);
    say("notifications, local timeline, context, search");
    lines.extend(reads::measure(&mut world, scale).await?);
    say("post");
    lines.extend(post::measure(&mut world, scale).await?);
    say("upload");
    lines.push(upload::measure(&mut world, scale).await?);
    say("stream");
    lines.push(stream::measure(&mut world, scale).await?);
    world.server.stop().await?;
    for line in &mut lines {
        line.run = run.clone();
    }
    Ok(lines)
}

async fn fill(binary: &Path, parent: &Path, scale: &Scale) -> Result<World> {
    let mut server = Server::new(binary, parent)?;
    server.create_account("writer")?;
    let started = Instant::now();
    seed::fill(&server.config_file(), Amount { statuses: scale.statuses, accounts: ACCOUNTS, by_existing: false }).await?;
    say(&format!("filled in {:.1} s", started.elapsed().as_secs_f64()));
    // What was filled in past the server is not in its index.
    server.reindex()?;
    server.start().await?;
    say("building the search index");
    server.wait_for_search()?;
    let (reader, other, writer) = (server.token(&format!("{PREFIX}0"))?, server.token(&format!("{PREFIX}1"))?, server.token("writer")?);
    Ok(World { server, reader, writer, other, statuses: scale.statuses, followers: (ACCOUNTS - 1).min(seed::FOLLOWS_EACH) })
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
