//! A PostgreSQL cluster of one test's own, that can be killed like a machine: its files are on a disk of
//! their own, and its WAL segments are small, since the layer copies what is synced.

use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use super::disk::run;
use crate::server::free_port;
use crate::wait::{PATIENCE, until};

const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
shared_buffers = 16MB
max_connections = 40
wal_level = minimal
max_wal_senders = 0
min_wal_size = 4MB
max_wal_size = 16MB
";
const USER: &str = "postgres";

pub struct Cluster {
    port: u16,
    programs: PathBuf,
    /// Who runs it, user and group: PostgreSQL refuses root. None: we do.
    owner: Option<(u32, u32)>,
    main: Option<Child>,
    dir: TempDir,
}

impl Cluster {
    pub fn make() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let owner = geteuid().is_root().then(|| (id("-u"), id("-g")));
        let cluster = Self { port: free_port(), programs: programs(), owner, main: None, dir };
        fs::set_permissions(cluster.dir.path(), Permissions::from_mode(0o755)).expect("others may enter it");
        fs::create_dir(cluster.root()).expect("the cluster's directory is made");
        if let Some((user, group)) = owner {
            chown(cluster.root(), Some(user), Some(group)).expect("it is given to who runs it");
        }
        let options = ["--wal-segsize=1", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", USER, "-D"];
        run(cluster.command("initdb").args(options).arg(cluster.root()));
        let file = cluster.root().join("postgresql.conf");
        let settings = fs::read_to_string(&file).expect("the settings are read") + SETTINGS;
        fs::write(file, settings).expect("the settings are written");
        cluster
    }

    pub fn root(&self) -> PathBuf {
        self.dir.path().join("cluster")
    }

    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it and waits until it answers. Whether it did so, and has not ended before.
    pub async fn start(&mut self, env: &[(String, String)]) -> bool {
        assert!(self.main.is_none(), "the cluster is already running");
        let log = || Stdio::from(self.open_log());
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.root()).args(["-p", &self.port.to_string(), "-k", ""]);
        command.envs(env.iter().cloned()).stdin(Stdio::null()).stdout(log()).stderr(log());
        self.main = Some(command.spawn().expect("postgres runs"));
        until("the cluster answers", PATIENCE, async || {
            if let Some(main) = &mut self.main
                && main.try_wait().expect("the state of postgres").is_some()
            {
                return Some(false);
            }
            let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.ok()?;
            drop(client);
            connection.await.ok().map(|()| true)
        })
        .await
    }

    /// A stop in order: nothing is left to be recovered.
    pub async fn stop(&mut self) {
        let mut main = self.main.take().expect("a running cluster");
        kill_process(Pid::from_child(&main), Signal::INT).expect("SIGINT is sent");
        let status = until("the cluster stops", PATIENCE, async || main.try_wait().expect("the state of postgres")).await;
        assert!(status.success(), "postgres ended with {status}:\n{}", self.log());
    }

    /// All its processes, while the one that starts them is frozen and cannot start more.
    pub fn kill9(&mut self) {
        let Some(mut main) = self.main.take() else { return };
        if main.try_wait().expect("the state of postgres").is_none() {
            let _ = kill_process(Pid::from_child(&main), Signal::STOP);
            for child in children_of(main.id()) {
                let _ = kill_process(child, Signal::KILL);
            }
        }
        let _ = main.kill();
        let _ = main.wait();
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    fn open_log(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.dir.path().join("log")).expect("the log opens")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir("/");
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill9();
    }
}

/// The newest of Debian's, which are not in PATH; else what `pg_config` tells.
fn programs() -> PathBuf {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |dir: &Path| dir.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = installed.map(|entry| entry.path()).filter(|dir| dir.join("bin/initdb").exists()).max_by_key(|dir| version(dir));
    newest.map(|dir| dir.join("bin")).unwrap_or_else(|| {
        let output = Command::new("pg_config").arg("--bindir").output().expect("PostgreSQL is installed: neither Debian's nor a pg_config is here");
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
    })
}

fn id(option: &str) -> u32 {
    let output = Command::new("id").args([option, USER]).output().expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or_else(|_| panic!("there is no user {USER}"))
}

fn children_of(parent: u32) -> Vec<Pid> {
    let parent = parent.to_string();
    let processes = fs::read_dir("/proc").expect("/proc is there").flatten();
    let is_child = |process: &String| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // After the name, which is in parentheses and may hold anything: state and parent.
        stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)) == Some(&parent)
    };
    let names = processes.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(is_child).filter_map(|process| Pid::from_raw(process.parse().ok()?)).collect()
}
