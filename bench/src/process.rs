//! What processes cost, read from `/proc`: CPU time of processes with all their children, memory, and the
//! machine's own load.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::counters::Counters;

/// How long a server may take to become quiet.
const QUIET_LIMIT: Duration = Duration::from_secs(20);
/// It is quiet when it used so little CPU for so long: less than a tenth of a core.
const QUIET_FOR: Duration = Duration::from_millis(300);
const QUIET_MS: f64 = 20.0;

/// Memory of one process in MB (millions of bytes), as the kernel counts it.
pub struct Memory {
    /// Resident, with the pages of the binary and of mapped files.
    pub rss_mb: f64,
    /// Of these, what belongs to no file: heap and stacks.
    pub anonymous_mb: f64,
    /// The most it has been resident.
    pub peak_mb: f64,
}

pub fn memory(pid: u32) -> Result<Memory> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}: is the server still there?"))?;
    let mb = |key: &str| -> Result<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(key)).with_context(|| format!("{path} has no {key}"))?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().with_context(|| format!("{path}: {key}{line}"))?;
        Ok(kib * 1024.0 / 1e6)
    };
    Ok(Memory { rss_mb: mb("VmRSS:")?, anonymous_mb: mb("RssAnon:")?, peak_mb: mb("VmHWM:")? })
}

/// What a load is put on.
#[derive(Clone)]
pub struct Roots {
    /// The server's process, and with PostgreSQL that one's first. Their children count too.
    pub pids: Vec<u32>,
    /// Where the server tells what it counts.
    pub metrics: SocketAddr,
}

/// CPU time, user and system, at one moment.
struct Cpu {
    /// Of the processes and of their children already gone, in steps of a clock tick (10 ms mostly).
    coarse_ms: f64,
    /// Of each thread that is there, to the nanosecond.
    threads_ns: HashMap<(u32, u32), u64>,
    processes: usize,
}

impl Cpu {
    fn read(roots: &[u32]) -> Result<Cpu> {
        let stats = all_stats()?;
        let tree = tree(&stats, roots);
        let ticks: u64 = tree.iter().filter_map(|pid| stats.get(pid)).map(|stat| stat.ticks).sum();
        let threads_ns = tree.iter().flat_map(|pid| threads_ns(*pid)).collect();
        Ok(Cpu { coarse_ms: ticks_to_ms(ticks), threads_ns, processes: tree.len() })
    }

    /// What was used since `before`. Threads tell it exactly as long as none has ended; then the ticks know better.
    fn since_ms(&self, before: &Cpu) -> f64 {
        let spent = |(thread, ns): (&(u32, u32), &u64)| ns.saturating_sub(before.threads_ns.get(thread).copied().unwrap_or(0));
        let exact_ms = self.threads_ns.iter().map(spent).sum::<u64>() as f64 / 1e6;
        let coarse_ms = self.coarse_ms - before.coarse_ms;
        // A process tells user, system, and both of its children apart, each rounded down.
        let rounding_ms = ticks_to_ms(4) * self.processes.max(before.processes) as f64;
        if coarse_ms > exact_ms + rounding_ms { coarse_ms } else { exact_ms }
    }
}

fn tree(stats: &HashMap<u32, Stat>, roots: &[u32]) -> HashSet<u32> {
    let mut tree: HashSet<u32> = roots.iter().copied().collect();
    // Parents may be listed after their children: repeat until nobody is added.
    loop {
        let before = tree.len();
        tree.extend(stats.iter().filter(|(_, stat)| tree.contains(&stat.parent)).map(|(pid, _)| *pid).collect::<Vec<_>>());
        if tree.len() == before {
            return tree;
        }
    }
}

/// Nothing for a process that ended meanwhile.
fn threads_ns(pid: u32) -> Vec<((u32, u32), u64)> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let read = |thread: fs::DirEntry| {
        let id = thread.file_name().to_str()?.parse().ok()?;
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        Some(((pid, id), text.split(' ').next()?.parse().ok()?))
    };
    threads.flatten().filter_map(read).collect()
}

/// Starts the clocks around a load.
pub struct Meter {
    roots: Roots,
    counters: Counters,
    server: Cpu,
    own_ms: f64,
    machine: Machine,
    started: Instant,
}

/// What a load cost.
pub struct Spent {
    pub wall_s: f64,
    pub server_cpu_ms: f64,
    /// Of the machine's CPU time in that while (0 to 1): the load generator's part.
    pub client_share: f64,
    /// The part of everybody else; much of it makes wall times untrustworthy.
    pub others_share: f64,
    pub counted: Counters,
}

impl Meter {
    pub fn start(roots: &Roots) -> Result<Meter> {
        let counters = Counters::read(roots.metrics)?;
        let (own_ms, machine) = (own_cpu_ms()?, Machine::read()?);
        Ok(Meter { server: Cpu::read(&roots.pids)?, roots: roots.clone(), counters, own_ms, machine, started: Instant::now() })
    }

    pub fn stop(&self) -> Result<Spent> {
        let wall_s = self.started.elapsed().as_secs_f64();
        let server = Cpu::read(&self.roots.pids)?.since_ms(&self.server);
        let (own, machine) = (own_cpu_ms()? - self.own_ms, Machine::read()?);
        let all_ms = (machine.all_ms - self.machine.all_ms).max(1.0);
        let busy_ms = machine.busy_ms - self.machine.busy_ms;
        // Last: asking is no part of the load.
        let counted = Counters::read(self.roots.metrics)?.since(self.counters);
        let share = |ms: f64| (ms / all_ms).clamp(0.0, 1.0);
        Ok(Spent { wall_s, server_cpu_ms: server, client_share: share(own), others_share: share(busy_ms - server - own), counted })
    }
}

/// Waits until the server has nothing left to do, so that what follows from a load is counted with it.
/// Returns how long it was still busy.
pub async fn until_quiet(roots: &Roots) -> Result<Duration> {
    let started = Instant::now();
    let (mut before, mut busy_until) = (Cpu::read(&roots.pids)?, Duration::ZERO);
    while started.elapsed() < QUIET_LIMIT {
        tokio::time::sleep(QUIET_FOR).await;
        let now = Cpu::read(&roots.pids)?;
        if now.since_ms(&before) < QUIET_MS {
            break;
        }
        (before, busy_until) = (now, started.elapsed());
    }
    Ok(busy_until)
}

/// The process that listens on a TCP port of 127.0.0.1.
///
/// Errors: when nobody does, or who does may not be looked at.
pub fn listener(port: u16) -> Result<u32> {
    let table = fs::read_to_string("/proc/net/tcp")?;
    let inode = table.lines().skip(1).find_map(|line| listening_inode(line, port));
    let socket = format!("socket:[{}]", inode.with_context(|| format!("nobody listens on port {port} of this machine"))?);
    let holds = |pid: &u32| {
        let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        open.into_iter().any(|file| fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == socket.as_str()))
    };
    let stats = all_stats()?;
    let holders: HashSet<u32> = stats.keys().copied().filter(holds).collect();
    // Children have the socket from their parent.
    let first = holders.iter().find(|pid| !holders.contains(&stats[pid].parent));
    first.copied().with_context(|| format!("the process on port {port} cannot be looked at: run as its user or as root"))
}

/// `number: local remote state …` with addresses in hexadecimal, the inode as the tenth field.
fn listening_inode(line: &str, port: u16) -> Option<&str> {
    const LISTENS: &str = "0A";
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, local_port) = fields.get(1)?.split_once(':')?;
    (*fields.get(3)? == LISTENS && u16::from_str_radix(local_port, 16).ok()? == port).then_some(*fields.get(9)?)
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

struct Stat {
    parent: u32,
    ticks: u64,
}

fn all_stats() -> Result<HashMap<u32, Stat>> {
    let mut stats = HashMap::new();
    for entry in fs::read_dir("/proc").context("/proc cannot be read; this tool needs Linux")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may end while we look.
        if let Some(stat) = fs::read_to_string(format!("/proc/{pid}/stat")).ok().as_deref().and_then(read_stat) {
            stats.insert(pid, stat);
        }
    }
    Ok(stats)
}

/// `pid (name) state ppid …`: the name may hold anything, so counting begins after its last bracket.
fn read_stat(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<u64>().ok()).sum::<Option<u64>>()?;
    Some(Stat { parent: fields.get(1)?.parse().ok()?, ticks })
}

fn own_cpu_ms() -> Result<f64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    Ok(ticks_to_ms(read_stat(&text).context("/proc/self/stat cannot be understood")?.ticks))
}

struct Machine {
    all_ms: f64,
    busy_ms: f64,
}

impl Machine {
    fn read() -> Result<Machine> {
        let text = fs::read_to_string("/proc/stat")?;
        let line = text.lines().next().unwrap_or_default();
        // user nice system idle iowait irq softirq steal; what guests use is in user already
        let ticks: Vec<u64> = line.split_whitespace().skip(1).take(8).filter_map(|field| field.parse().ok()).collect();
        let (all, idle) = (ticks.iter().sum(), ticks.iter().skip(3).take(2).sum::<u64>());
        Ok(Machine { all_ms: ticks_to_ms(all), busy_ms: ticks_to_ms(all - idle) })
    }
}

fn ticks_to_ms(ticks: u64) -> f64 {
    ticks as f64 * 1000.0 / rustix::param::clock_ticks_per_second() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_brackets_in_its_name_is_understood() {
        let stat = read_stat("42 (a) b) S 7 42 42 0 -1 4194560 100 0 0 0 5 6 7 8 20 0 1 0 100 0 0\n").unwrap();
        assert_eq!((stat.parent, stat.ticks), (7, 26));
        assert!(read_stat("nonsense").is_none());
    }

    #[test]
    fn work_shows_in_the_cpu_time_of_this_process() {
        let pid = std::process::id();
        let (before, started) = (Cpu::read(&[pid]).unwrap(), Instant::now());
        let spent_ms = || Cpu::read(&[pid]).unwrap().since_ms(&before);
        let mut sum = 0_u64;
        while started.elapsed() < Duration::from_secs(10) && spent_ms() < 50.0 {
            sum = (0..1_000_000_u64).fold(sum, |sum, n| std::hint::black_box(sum ^ n));
        }
        assert!(spent_ms() >= 50.0);
        assert!(memory(pid).unwrap().rss_mb > 0.5);
    }
    #[test]
    fn work_of_a_child_that_has_ended_counts() {
        let pid = std::process::id();
        let before = Cpu::read(&[pid]).unwrap();
        let loops = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
        assert!(std::process::Command::new("sh").args(["-c", loops]).status().unwrap().success());
        let spent_ms = Cpu::read(&[pid]).unwrap().since_ms(&before);
        assert!(spent_ms > 40.0, "{spent_ms}");
    }

    #[test]
    fn whoever_listens_is_found() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(listener(socket.local_addr().unwrap().port()).unwrap(), std::process::id());
        assert!(listener(1).unwrap_err().to_string().contains("nobody listens"));
    }
}
