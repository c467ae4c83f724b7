//! A server under test: the built binary as a child process, with a data directory, a database, ports and
//! a configuration file of its own. Dropping it kills it and removes what it left.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::authority::{Authority, Certificate};
use crate::database::Database;
pub use crate::database::Engine;
use crate::wait::{PATIENCE, until};

/// How long a stop may take after SIGTERM.
const STOP_LIMIT: Duration = Duration::from_secs(10);
const REQUEST_LIMIT: Duration = Duration::from_secs(60);
/// How much of the log a failed test shows.
const LOG_TAIL_BYTES: usize = 8 * 1024;

/// Makes two tests of each named `async fn(Server)`: one on SQLite and one on PostgreSQL.
/// A function that is not listed is dead code, and so refused by clippy.
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::server::Server::start($crate::server::Engine::Sqlite).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::server::Server::start($crate::server::Engine::Postgres).await).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;

/// Where a server is on the Internet of a test: a name under `localhost` that other servers find it by.
#[derive(Clone)]
pub struct Site {
    pub name: String,
    pub port: u16,
    /// Without one it speaks plain HTTP.
    pub certificate: Option<Certificate>,
}

impl Site {
    /// With a certificate of the tests' authority and a port of its own, which is part of its domain.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), port: free_port(), certificate: Some(Authority::get().certifies(&[name])) }
    }

    /// Without HTTPS, for servers and peers that are many.
    pub fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), port: free_port(), certificate: None }
    }

    pub fn url(&self) -> String {
        format!("{}://{}", if self.certificate.is_some() { "https" } else { "http" }, self.domain())
    }

    /// Panics when there is none.
    pub fn certificate(&self) -> &Certificate {
        self.certificate.as_ref().expect("a certificate")
    }

    pub fn domain(&self) -> String {
        format!("{}:{}", self.name, self.port)
    }

    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }
}

pub struct Server {
    /// `http://127.0.0.1:port`, without a slash at the end.
    pub url: String,
    /// `http://127.0.0.1:port` of the metrics listener.
    pub metrics_url: String,
    pub http: Client,
    child: Option<Child>,
    site: Option<Site>,
    // Order matters: the database is dropped before its directory is.
    database: Database,
    dir: TempDir,
}

impl Server {
    /// Starts a server on an empty directory and an empty database, and waits until it answers.
    pub async fn start(engine: Engine) -> Self {
        let mut server = Self::prepare(Database::fresh(engine).await);
        server.serve().await;
        server
    }

    /// Starts a server that others reach at `site`. Its people and their clients speak to it in the clear, at `url`.
    pub async fn start_at(engine: Engine, site: Site) -> Self {
        let mut server = Self::prepare_at(engine, site).await;
        server.serve().await;
        server
    }

    pub async fn prepare_at(engine: Engine, site: Site) -> Self {
        let mut server = Self::prepare(Database::fresh(engine).await);
        if site.certificate.is_none() {
            server.url = format!("http://{}", site.address());
        }
        server.site = Some(site);
        server.configure(&server.config());
        server
    }

    /// A server that has a configuration and an empty disk, and is yet to be started.
    pub fn prepare(database: Database) -> Self {
        let server = Self {
            url: format!("http://127.0.0.1:{}", free_port()),
            metrics_url: format!("http://127.0.0.1:{}", free_port()),
            http: client(),
            child: None,
            site: None,
            database,
            dir: tempfile::tempdir().expect("a temporary directory"),
        };
        fs::create_dir(server.disk()).expect("the disk is made");
        server.configure(&server.config());
        server
    }

    /// The configuration the server was started with, as TOML.
    pub fn config(&self) -> String {
        let authority = self.url.trim_start_matches("http://");
        let metrics = self.metrics_url.trim_start_matches("http://");
        let data_dir = self.data_dir();
        let database = self.database.url().map_or(String::new(), |url| format!("[database]\nurl = \"{url}\"\n"));
        let federation = self.site.as_ref().map_or(String::new(), federation);
        let https = self.site.as_ref().filter(|site| site.certificate.is_some());
        let https = https.map_or(String::new(), |site| format!("https = [\"{}\"]\n", site.address()));
        format!(
            "[server]\n\
             account_domain = \"{domain}\"\n\
             public_url = \"{url}\"\n\
             data_dir = \"{data_dir}\"\n\
             [listen]\n\
             http = [\"{authority}\"]\n\
             {https}\
             metrics = \"{metrics}\"\n\
             {federation}\
             {database}\
             [limits.rate]\n\
             enabled = false\n\
             [settings.pin]\n\
             registrations_mode = \"open\"\n\
             registrations_without_mail = \"true\"\n",
            domain = self.domain(),
            url = self.public_url(),
            data_dir = data_dir.display(),
        )
    }

    /// The address other servers and the server's own links use.
    pub fn public_url(&self) -> String {
        self.site.as_ref().map_or_else(|| self.url.clone(), Site::url)
    }

    /// The part of handles after the last `@`.
    pub fn domain(&self) -> String {
        self.site.as_ref().map_or_else(|| self.url.trim_start_matches("http://").to_owned(), Site::domain)
    }

    pub fn site(&self) -> Option<&Site> {
        self.site.as_ref()
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("a running server").id()
    }

    /// Sends a signal to the running server.
    pub fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("a running server");
        kill_process(Pid::from_child(child), signal).expect("the signal is sent");
    }

    /// The memory that the running server has in use, in KiB.
    pub fn rss_kib(&self) -> u64 {
        let pid = self.child.as_ref().expect("a running server").id();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process's state");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Writes another configuration; the next start or command reads it.
    pub fn configure(&self, toml: &str) {
        fs::write(self.config_file(), toml).expect("the configuration is written");
    }

    /// Runs `serve` and waits for the first answer of `/health`.
    pub async fn serve(&mut self) {
        if let Err(status) = self.serve_with(&[]).await {
            panic!("the server ended at its start with {status}:\n{}", self.log_tail());
        }
    }

    /// As `serve`, with more in the environment. Err is how it ended, if it did so before it answered.
    pub async fn serve_with(&mut self, env: &[(String, String)]) -> Result<(), ExitStatus> {
        assert!(self.child.is_none(), "the server is already running");
        let log = || Stdio::from(self.open_log());
        let child = self.command(&["serve"]).envs(env.iter().cloned()).stdin(Stdio::null()).stdout(log()).stderr(log()).spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("{}: {error}", binary().display())));
        let health = format!("{}/health", self.url);
        let started = until("the server answers /health", PATIENCE, async || {
            if let Some(status) = self.exited() {
                return Some(Err(status));
            }
            let answer = self.http.get(&health).timeout(PATIENCE).send().await.ok()?;
            (answer.status() == 200).then_some(Ok(()))
        })
        .await;
        if started.is_err() {
            self.child = None;
        }
        started
    }

    /// The power switch: no handler of the server runs.
    pub fn kill9(&mut self) {
        let mut child = self.child.take().expect("a running server");
        child.kill().expect("SIGKILL is sent");
        let status = child.wait().expect("the killed server is waited for");
        assert_eq!(status.signal(), Some(9), "the server had ended before it was killed: {status}\n{}", self.log_tail());
    }

    /// As `kill9`, of a server that need not have started, and may have been killed by another hand.
    pub fn kill9_if_running(&mut self) {
        if self.child.is_some() {
            self.kill9();
        }
    }

    /// Asks the server to stop (SIGTERM); it has 10 seconds and must end with 0.
    pub async fn stop(&mut self) {
        self.signal(Signal::TERM);
        let status = until("the server stops", STOP_LIMIT, async || self.exited()).await;
        self.child = None;
        assert_eq!(status.code(), Some(0), "not a graceful stop: {status}\n{}", self.log_tail());
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.serve().await;
    }

    /// Runs a command of the binary and returns what it printed.
    ///
    /// Panics when it does not end with 0.
    pub fn cli(&self, args: &[&str]) -> String {
        self.cli_with_input(args, "")
    }

    pub fn cli_with_input(&self, args: &[&str], input: &str) -> String {
        let output = self.cli_output(args, input);
        assert!(
            output.status.success(),
            "ferrodon {}: {}\n{}{}",
            args.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        String::from_utf8(output.stdout).expect("the output is UTF-8")
    }

    /// Runs a command of the binary to its end, whatever that is.
    pub fn cli_output(&self, args: &[&str], input: &str) -> Output {
        let mut command = self.command(args);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", binary().display()));
        // A command that takes no input may have closed it; that is its right.
        let _ = child.stdin.take().expect("the piped stdin").write_all(input.as_bytes());
        child.wait_with_output().expect("the command is waited for")
    }

    /// The JSON a command prints with `--json`.
    pub fn cli_json(&self, args: &[&str]) -> Value {
        let output = self.cli(&[args, &["--json"]].concat());
        serde_json::from_str(&output).unwrap_or_else(|error| panic!("{} --json: {error}\n{output}", args.join(" ")))
    }

    /// The answer's status code; panics when there is no answer.
    pub async fn status_of(&self, path: &str) -> u16 {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await;
        answer.unwrap_or_else(|error| panic!("GET {path}: {error}")).status().as_u16()
    }

    /// A fresh access token of `name`, made on the command line.
    pub fn token(&self, name: &str, scopes: &str) -> String {
        self.cli(&["accounts", "token", name, "--scopes", scopes]).trim_end().to_owned()
    }

    /// Every route the binary says it has, as (method, path with `{…}` for what varies).
    pub fn routes(&self) -> Vec<(String, String)> {
        let printed = self.cli_json(&["routes"]);
        let list = printed.as_array().or_else(|| printed["data"].as_array()).expect("a list of routes");
        let word = |route: &Value, key: &str| route[key].as_str().unwrap_or_else(|| panic!("a route without {key}: {route}")).to_owned();
        list.iter().map(|route| (word(route, "method"), word(route, "path"))).collect()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.disk().join("data")
    }

    /// Holds the data directory, which the server makes, and nothing else.
    pub fn disk(&self) -> PathBuf {
        self.dir.path().join("disk")
    }

    /// Where its database is, unless that is a file of its own.
    pub fn database_url(&self) -> Option<String> {
        self.database.url()
    }

    /// Whether this server keeps its data in SQLite.
    pub fn is_on_sqlite(&self) -> bool {
        matches!(self.database, Database::Sqlite)
    }

    /// Runs a statement in the database itself, beside the running server; its rows, each value as text.
    pub async fn sql(&self, statement: &str) -> Vec<Vec<String>> {
        self.database.rows(&self.data_dir(), statement).await
    }

    /// A place for files of the test, removed with the server.
    pub fn scratch_dir(&self) -> &Path {
        self.dir.path()
    }

    /// All that the server has logged, over all its starts.
    pub fn log(&self) -> String {
        let mut text = Vec::new();
        if let Ok(mut file) = File::open(self.log_file()) {
            let _ = file.read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// A request that panics is caught and answered with 500; this also finds those in the background.
    pub fn assert_never_panicked(&self) {
        let log = self.log();
        let panic = log.lines().find(|line| line.contains("panicked at"));
        assert!(panic.is_none(), "the server panicked: {}", panic.unwrap_or_default());
    }

    /// The binary with this server's configuration and nothing else of our environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.dir.path());
        command.current_dir(self.dir.path()).arg("--config").arg(self.config_file()).args(args);
        command
    }

    fn exited(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().expect("the child's state")
    }

    fn config_file(&self) -> PathBuf {
        self.dir.path().join("ferrodon.toml")
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("server.log")
    }

    fn open_log(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.log_file()).expect("the log opens")
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let start = log.len().saturating_sub(LOG_TAIL_BYTES);
        log.chars().skip(log[..log.floor_char_boundary(start)].chars().count()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- the end of the server's log ---\n{}", self.log_tail());
        }
    }
}

/// Leave to reach this machine, and to speak as the other servers of the test do.
fn federation(site: &Site) -> String {
    let outgoing = "[outgoing]\nallow_private = [\"127.0.0.0/8\"]\n";
    let Some(certificate) = &site.certificate else { return format!("{outgoing}allow_http = true\n") };
    format!(
        "[tls]\n\
         mode = \"files\"\n\
         cert_file = \"{}\"\n\
         key_file = \"{}\"\n\
         {outgoing}\
         ca_file = \"{}\"\n",
        certificate.cert_file.display(),
        certificate.key_file.display(),
        certificate.authority.ca_file().display(),
    )
}

pub fn binary() -> PathBuf {
    let path = std::env::var_os("FERRODON_BIN").map(PathBuf::from).unwrap_or_else(|| {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
        target.join("release/ferrodon")
    });
    assert!(path.is_file(), "there is no binary at {}: run bin/test, or `cargo build --release` and set FERRODON_BIN", path.display());
    path
}

/// A client that follows no redirect, keeps no cookie and asks no proxy: it shows what the server said.
pub fn client() -> Client {
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(REQUEST_LIMIT).build().expect("an HTTP client")
}

/// A port below the range from which the kernel takes those of outgoing connections, so that it stays
/// free while its server is down for a restart.
pub fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id() % u32::from(COUNT)) as u16;
    for _ in 0..COUNT {
        let port = FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}
