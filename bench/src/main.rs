//! Ferrodon's load generator: `seed` fills a database, `run` starts a release server and measures it.
//! docs/benchmarks.md says what is measured and how to read it.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod counters;
mod http;
mod instructions;
mod line;
mod load;
mod numbers;
mod pairs;
mod picture;
mod postgres;
mod process;
mod remotes;
mod report;
mod rows;
mod run;
mod seed;
mod server;
mod targets;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

use postgres::Cluster;
use report::Columns;
use server::Place;

/// The exit code of a run that worked and missed a target.
const MISSED: u8 = 3;

#[derive(Parser)]
#[command(name = "ferrodon-bench", version, about = "Fills and measures a Ferrodon server on this machine")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fills the database of a server that is stopped
    Seed(Seed),
    /// Starts a server on an empty directory, measures it and shows the results
    Run(Run),
    /// Compares results of two builds that were measured in turn
    Pairs(Pairs),
    /// Counts the instructions of requests under callgrind and compares them with those accepted last
    Instructions(Instructions),
}

#[derive(Args)]
struct Instructions {
    /// The server's release binary
    #[arg(long)]
    bin: PathBuf,
    /// The accepted values
    #[arg(long)]
    accepted: PathBuf,
    /// Accept what is counted now
    #[arg(long)]
    accept: bool,
}

#[derive(Args)]
struct Pairs {
    /// Results of the earlier build, one file for each pair, comma between them
    #[arg(long, value_delimiter = ',', required = true)]
    before: Vec<PathBuf>,
    /// Results of the later build, in the same order
    #[arg(long, value_delimiter = ',', required = true)]
    after: Vec<PathBuf>,
}

#[derive(Args)]
struct Seed {
    /// The server's configuration file
    #[arg(long)]
    config: PathBuf,
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
    statuses: u64,
    /// Authors: u0, u1, … who follow each other
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    accounts: u64,
    /// Take accounts that are there: u0, u1, … of this or another server, then others of other servers
    #[arg(long)]
    by_existing: bool,
    /// A local account that follows all authors first, so that its home is full
    #[arg(long, value_name = "NAME")]
    home_of: Option<String>,
    /// The same number makes the same statuses
    #[arg(long, default_value_t = seed::SEED)]
    seed: u64,
}

#[derive(Args)]
struct Run {
    /// The server's release binary
    #[arg(long)]
    bin: PathBuf,
    /// Fewer statuses, shorter loads, no judgement: whether everything works, and a first impression
    #[arg(long)]
    quick: bool,
    /// Statuses in the database [default: 100000, with --quick 10000]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    statuses: Option<u64>,
    /// Where to make the temporary data directories; the file system is part of what is measured
    #[arg(long)]
    dir: Option<PathBuf>,
    /// A PostgreSQL server on this machine, as postgres://USER:PASSWORD@127.0.0.1:PORT/postgres, to make databases on
    #[arg(long)]
    postgres: Option<String>,
    /// Measure these parts only, comma between them
    #[arg(long, value_delimiter = ',')]
    only: Vec<run::Part>,
    /// Also write the results here, one line of JSON for each measure
    #[arg(long)]
    out: Option<PathBuf>,
    /// Results of an earlier run, to show ratios to
    #[arg(long)]
    compare: Option<PathBuf>,
    /// Also measure a database of a million statuses
    #[arg(long)]
    growth: bool,
    /// The commit that was built, for the record
    #[arg(long, default_value = "unknown")]
    commit: String,
}

// One thread, so that the server has the other cores.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Seed(args) => fill(args).await.map(|()| true),
        Command::Pairs(args) => pairs::compare(&args.before, &args.after).map(|(table, is_unchanged)| {
            print!("{table}");
            is_unchanged
        }),
        Command::Instructions(args) => LocalSet::new().run_until(until_interrupted(count(args))).await,
        Command::Run(args) => LocalSet::new().run_until(until_interrupted(measure(args))).await,
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(MISSED),
        Err(error) => {
            eprintln!("ferrodon-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Dropping the measuring stops the servers, and removes their directories and databases.
async fn until_interrupted(measuring: impl Future<Output = Result<bool>>) -> Result<bool> {
    let (mut interrupt, mut stop) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        measured = measuring => measured,
        _ = interrupt.recv() => Err(anyhow!("interrupted")),
        _ = stop.recv() => Err(anyhow!("told to stop")),
    }
}

async fn fill(args: Seed) -> Result<()> {
    let amount = seed::Amount { statuses: usize::try_from(args.statuses)?, accounts: usize::try_from(args.accounts)?, by_existing: args.by_existing };
    let started = std::time::Instant::now();
    let made = seed::fill_as(&args.config, amount, seed::Wishes { seed: args.seed, home_of: args.home_of.as_deref() }).await?;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} originals, {} replies and {} reblogs in {seconds:.1} s: {:.0} a second",
        made.originals,
        made.replies,
        made.reblogs,
        args.statuses as f64 / seconds.max(0.001)
    );
    Ok(())
}

/// Counts instructions. True unless a kind of request takes more than was accepted.
async fn count(args: Instructions) -> Result<bool> {
    let place = Place { binary: args.bin, parent: std::env::temp_dir(), postgres: None };
    let (table, is_fine) = instructions::check(&place, &args.accepted, args.accept).await?;
    print!("{table}");
    Ok(is_fine)
}

/// Measures and shows the results. True unless a target was missed that this run is judged by.
async fn measure(args: Run) -> Result<bool> {
    let earlier = args.compare.as_deref().map(report::read_jsonl).transpose()?;
    let mut scale = if args.quick { world::Scale::quick() } else { world::Scale::full() };
    if args.growth {
        scale = scale.with_large();
    }
    if let Some(statuses) = args.statuses {
        scale.statuses = usize::try_from(statuses)?;
    }
    let parent = args.dir.unwrap_or_else(std::env::temp_dir);
    let postgres = args.postgres.as_deref().map(Cluster::at).transpose()?;
    // The targets are those of SQLite.
    let judged = !args.quick && postgres.is_none();
    let lines = run::all(&Place { binary: args.bin, parent, postgres }, &scale, &args.only, args.commit).await?;
    if let Some(out) = &args.out {
        report::write_jsonl(out, &lines)?;
    }
    print!("{}", report::table(&lines, Columns { judged, earlier: earlier.as_deref() }));
    if !judged {
        return Ok(true);
    }
    let judgement = targets::judge(&lines);
    print!("{}", report::verdict(&judgement));
    Ok(judgement.missed.is_empty())
}
