//! The server that is measured: a release binary with a data directory, a database, ports and a configuration of its
//! own, all made for it. Dropping it kills it and removes what it left.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::http::{Ask, Connection};
use crate::postgres::{Cluster, Database};
use crate::process::{self, Roots};

const DATABASE_SECTION: &str = "[database]";
const NO_CACHES: &str = "[database]\ncache_bytes = 0";
/// How the names of data directories begin.
pub const DIRECTORY_PREFIX: &str = "ferrodon-bench.";
/// SQLite's database and the files beside it begin so.
const DATABASE_FILE: &str = "ferrodon.db";
/// More than the default, for thousands of sockets.
const CONNECTIONS_MAX: usize = 8_192;
/// What a starting server is asked until it answers.
const FIRST_PATH: &str = "/api/v1/instance";
const START_LIMIT: Duration = Duration::from_secs(60);
const INDEX_LIMIT: Duration = Duration::from_secs(600);
const ASK_AGAIN_INDEX: Duration = Duration::from_millis(200);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(1);
/// How much of its log a server that failed shows.
const LOG_SHOWN_BYTES: usize = 1500;
/// Below the ports that the kernel gives to outgoing connections, so that one stays free over a restart.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Of what, where and on which database servers are made.
pub struct Place {
    /// The server's release binary.
    pub binary: PathBuf,
    /// Where data directories are made; the file system is part of what is measured.
    pub parent: PathBuf,
    /// SQLite if there is none.
    pub postgres: Option<Cluster>,
}

pub struct Server {
    pub address: SocketAddr,
    metrics: SocketAddr,
    binary: PathBuf,
    /// A program that runs the server, with its arguments.
    prefix: Vec<String>,
    child: Option<Child>,
    /// The most memory that it held since [`Server::forget_peak`], those of its processes included that ended.
    peak_mb: f64,
    // Dropped in this order, after the process has been killed.
    database: Option<Database>,
    dir: TempDir,
}

impl Server {
    /// A server that was never started, with an empty data directory and, on PostgreSQL, an empty database.
    pub async fn new(place: &Place) -> Result<Server> {
        let Place { binary, parent, postgres } = place;
        let binary = binary.canonicalize().with_context(|| format!("there is no server at {}", binary.display()))?;
        let dir = tempfile::Builder::new().prefix(DIRECTORY_PREFIX).tempdir_in(parent).with_context(|| parent.display().to_string())?;
        let database = match postgres {
            Some(cluster) => Some(cluster.database().await?),
            None => None,
        };
        let (address, metrics) = free_addresses()?;
        let data_dir = dir.path().join("data");
        let mut config = format!(
            "[server]\naccount_domain = \"{address}\"\npublic_url = \"http://{address}\"\ndata_dir = \"{}\"\n\
             [listen]\nhttp = [\"{address}\"]\nmetrics = \"{metrics}\"\nmax_connections = {CONNECTIONS_MAX}\nmax_streams = {CONNECTIONS_MAX}\n\
             [outgoing]\nallow_http = true\nallow_private = [\"127.0.0.0/8\"]\n\
             [limits.rate]\nenabled = false\n",
            data_dir.display()
        );
        writeln!(config, "{DATABASE_SECTION}")?;
        if let Some(database) = &database {
            writeln!(config, "url = \"{}\"", database.url())?;
        }
        let file = dir.path().join("ferrodon.toml");
        fs::write(&file, config)?;
        // It may hold a password.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        Ok(Server { address, metrics, binary, prefix: Vec::new(), child: None, peak_mb: 0.0, database, dir })
    }

    pub fn config_file(&self) -> PathBuf {
        self.dir.path().join("ferrodon.toml")
    }

    /// Starts it and waits for its first 200; returns how long that took from the start of the process.
    pub async fn start(&mut self) -> Result<Duration> {
        ensure!(self.child.is_none(), "the server runs already");
        let (log, errors) = (self.open_log()?, self.open_log()?);
        let started = Instant::now();
        self.child = Some(self.serve_command().stdin(Stdio::null()).stdout(log).stderr(errors).spawn()?);
        while started.elapsed() < START_LIMIT {
            if self.answers().await {
                return Ok(started.elapsed());
            }
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().transpose()).transpose()? {
                bail!("the server ended at its start with {status}:\n{}", self.log_end());
            }
            tokio::time::sleep(ASK_AGAIN_AFTER).await;
        }
        bail!("the server did not answer {FIRST_PATH} with 200 within {START_LIMIT:?}:\n{}", self.log_end());
    }

    /// As [`Server::start`], but run by another program.
    pub async fn start_behind(&mut self, prefix: Vec<String>) -> Result<Duration> {
        self.prefix = prefix;
        self.start().await
    }

    pub async fn restart_behind(&mut self, prefix: Vec<String>) -> Result<Duration> {
        self.stop().await?;
        self.start_behind(prefix).await
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(&mut self) -> Result<()> {
        self.peak_mb = self.peak_mb()?;
        let mut child = self.child.take().context("the server does not run")?;
        kill_process(Pid::from_child(&child), Signal::TERM)?;
        let asked = Instant::now();
        while asked.elapsed() < STOP_LIMIT {
            if let Some(status) = child.try_wait()? {
                ensure!(status.success(), "the server stopped with {status}:\n{}", self.log_end());
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        child.kill()?;
        child.wait()?;
        bail!("the server did not stop within {STOP_LIMIT:?} of SIGTERM and was killed:\n{}", self.log_end());
    }

    pub async fn restart(&mut self) -> Result<Duration> {
        self.stop().await?;
        self.start().await
    }

    /// What a load is put on: the server and, with PostgreSQL, that one.
    pub fn roots(&self) -> Result<Roots> {
        let postgres = self.database.as_ref().map(Database::server_pid);
        Ok(Roots { pids: std::iter::once(self.pid()?).chain(postgres).collect(), metrics: self.metrics })
    }

    /// The most memory since [`Server::forget_peak`].
    pub fn peak_mb(&self) -> Result<f64> {
        Ok(self.peak_mb.max(process::memory(self.pid()?)?.peak_mb))
    }

    /// Starts anew with the caches of statuses and accounts, or without them.
    pub async fn restart_with_caches(&mut self, caches: bool) -> Result<()> {
        self.set_caches(caches)?;
        self.restart().await.map(drop)
    }

    /// For its next start.
    pub fn set_caches(&self, caches: bool) -> Result<()> {
        let with = fs::read_to_string(self.config_file())?.replace(NO_CACHES, DATABASE_SECTION);
        let config = if caches { with } else { with.replace(DATABASE_SECTION, NO_CACHES) };
        Ok(fs::write(self.config_file(), config)?)
    }

    /// A phase begins: starts anew, so that the peak is its own.
    pub async fn forget_peak(&mut self) -> Result<()> {
        self.restart().await?;
        self.peak_mb = 0.0;
        Ok(())
    }

    /// Bytes of the database, indexes and all.
    pub async fn database_bytes(&self) -> Result<u64> {
        if let Some(database) = &self.database {
            return database.bytes().await;
        }
        let mut bytes = 0;
        for entry in fs::read_dir(self.dir.path().join("data"))? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(DATABASE_FILE) {
                bytes += entry.metadata()?.len();
            }
        }
        Ok(bytes)
    }

    /// The id of the running process.
    pub fn pid(&self) -> Result<u32> {
        Ok(self.child.as_ref().context("the server does not run")?.id())
    }

    /// An account that may do everything at once.
    pub fn create_account(&self, name: &str) -> Result<()> {
        let email = format!("{name}@bench.test");
        let args = ["accounts", "create", name, "--email", &email, "--confirmed", "--approve", "--password-stdin"];
        self.cli(&args, "a password for measuring\n").map(drop)
    }

    /// Has the search index built anew when the server runs again.
    pub fn reindex(&self) -> Result<()> {
        self.cli(&["search", "reindex"], "").map(drop)
    }

    /// Waits until the search index holds what was filled in: a job builds it once the server runs.
    pub async fn wait_for_search(&self) -> Result<()> {
        let asked = Instant::now();
        while asked.elapsed() < INDEX_LIMIT {
            if self.cli(&["search", "status"], "")?.lines().any(|line| line.starts_with("state") && line.ends_with("done")) {
                return Ok(());
            }
            tokio::time::sleep(ASK_AGAIN_INDEX).await;
        }
        bail!("the search index was not built within {INDEX_LIMIT:?}")
    }

    pub fn token(&self, name: &str) -> Result<String> {
        Ok(self.cli(&["accounts", "token", name, "--scopes", "read write follow push"], "")?.trim().to_owned())
    }

    fn cli(&self, args: &[&str], input: &str) -> Result<String> {
        let mut child = self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        // A command that reads no input may be gone already.
        let _ = child.stdin.take().context("a piped input")?.write_all(input.as_bytes());
        let output = child.wait_with_output()?;
        let words = args.join(" ");
        ensure!(output.status.success(), "`ferrodon {words}`: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).with_context(|| format!("what `ferrodon {words}` printed"))
    }

    /// Where all is that belongs to it.
    pub fn directory(&self) -> &Path {
        self.dir.path()
    }

    fn serve_command(&self) -> Command {
        let Some((program, arguments)) = self.prefix.split_first() else { return self.command(&["serve"]) };
        let mut command = Command::new(program);
        command.args(arguments).arg(&self.binary);
        self.settled(command, &["serve"])
    }

    fn command(&self, args: &[&str]) -> Command {
        self.settled(Command::new(&self.binary), args)
    }

    /// The command with our configuration and nothing of our environment but the path.
    fn settled(&self, mut command: Command, args: &[&str]) -> Command {
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.dir.path());
        command.current_dir(self.dir.path()).arg("--config").arg(self.config_file()).args(args);
        command
    }

    async fn answers(&self) -> bool {
        let Ok(mut connection) = Connection::open(self.address).await else { return false };
        connection.try_ask(&Ask::get(FIRST_PATH)).await.is_ok_and(|answer| answer.status == 200)
    }

    fn open_log(&self) -> Result<File> {
        Ok(OpenOptions::new().create(true).append(true).open(self.dir.path().join("server.log"))?)
    }

    fn log_end(&self) -> String {
        let log = fs::read(self.dir.path().join("server.log")).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(LOG_SHOWN_BYTES)..]).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free_addresses() -> Result<(SocketAddr, SocketAddr)> {
    let start = PORTS.start + (std::process::id() % PORTS.len() as u32) as u16;
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let mut ports = (start..PORTS.end).chain(PORTS.start..start).filter(free).map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    ports.next().zip(ports.next()).with_context(|| format!("no two free ports in {PORTS:?}"))
}
