//! The world that rows are measured in: a server, its people and what is in its database.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::http;
use crate::remotes::Remotes;
use crate::seed::{self, Amount, PREFIX};
use crate::server::{Place, Server};
use crate::targets::LARGE;

/// Accounts that post and follow each other.
const ACCOUNTS: usize = 200;
/// People beside the seeded ones; their names.
const WRITER: &str = "writer";
const LISTENER: &str = "listener";
const AUTHOR: &str = "author";

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

/// Progress, apart from the results.
pub fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "-- {what}");
}
