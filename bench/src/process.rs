//! What processes cost, read from `/proc`: CPU time of a process with all its children, memory, and the
//! machine's own load.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How long a server may take to become quiet.
const QUIET_LIMIT: Duration = Duration::from_secs(20);
/// It is quiet when it used no measurable CPU for so long.
const QUIET_FOR: Duration = Duration::from_millis(300);

/// Memory of one process in MiB, as the kernel counts it.
pub struct Memory {
    /// Resident, with the pages of the binary and of mapped files.
    pub rss_mib: f64,
    /// Of these, what belongs to no file: heap and stacks.
    pub anonymous_mib: f64,
    /// The most it has been resident.
    pub peak_mib: f64,
}

pub fn memory(pid: u32) -> Result<Memory> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}: is the server still there?"))?;
    let mib = |key: &str| -> Result<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(key)).with_context(|| format!("{path} has no {key}"))?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().with_context(|| format!("{path}: {key}{line}"))?;
        Ok(kib / 1024.0)
    };
    Ok(Memory { rss_mib: mib("VmRSS:")?, anonymous_mib: mib("RssAnon:")?, peak_mib: mib("VmHWM:")? })
}

/// CPU time of a process, its children and those already gone, user and system, in milliseconds.
/// The kernel tells it in steps of a clock tick (10 ms mostly).
pub fn cpu_ms(pid: u32) -> Result<f64> {
    let stats = all_stats()?;
    let mut tree = HashSet::from([pid]);
    // Parents may be listed after their children: repeat until nobody is added.
    loop {
        let before = tree.len();
        tree.extend(stats.iter().filter(|(_, stat)| tree.contains(&stat.parent)).map(|(pid, _)| *pid).collect::<Vec<_>>());
        if tree.len() == before {
            break;
        }
    }
    let ticks: u64 = tree.iter().filter_map(|pid| stats.get(pid)).map(|stat| stat.ticks).sum();
    Ok(ticks_to_ms(ticks))
}

/// Starts the clocks around a load.
pub struct Meter {
    pid: u32,
    server_ms: f64,
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
}

impl Meter {
    pub fn start(pid: u32) -> Result<Meter> {
        Ok(Meter { pid, server_ms: cpu_ms(pid)?, own_ms: own_cpu_ms()?, machine: Machine::read()?, started: Instant::now() })
    }

    pub fn stop(&self) -> Result<Spent> {
        let wall_s = self.started.elapsed().as_secs_f64();
        let (server, own, machine) = (cpu_ms(self.pid)? - self.server_ms, own_cpu_ms()? - self.own_ms, Machine::read()?);
        let all_ms = (machine.all_ms - self.machine.all_ms).max(1.0);
        let busy_ms = machine.busy_ms - self.machine.busy_ms;
        let share = |ms: f64| (ms / all_ms).clamp(0.0, 1.0);
        Ok(Spent { wall_s, server_cpu_ms: server, client_share: share(own), others_share: share(busy_ms - server - own) })
    }
}

/// Waits until the server has nothing left to do, so that what follows from a load is counted with it.
/// Returns how long it was still busy.
pub async fn until_quiet(pid: u32) -> Result<Duration> {
    let started = Instant::now();
    let (mut before, mut busy_until) = (cpu_ms(pid)?, Duration::ZERO);
    while started.elapsed() < QUIET_LIMIT {
        tokio::time::sleep(QUIET_FOR).await;
        let now = cpu_ms(pid)?;
        if now - before < ticks_to_ms(2) {
            break;
        }
        (before, busy_until) = (now, started.elapsed());
    }
    Ok(busy_until)
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
        let (before, started) = (cpu_ms(pid).unwrap(), Instant::now());
        let mut sum = 0_u64;
        while started.elapsed() < Duration::from_secs(10) && cpu_ms(pid).unwrap() - before < 50.0 {
            sum = (0..1_000_000_u64).fold(sum, |sum, n| std::hint::black_box(sum ^ n));
        }
        assert!(cpu_ms(pid).unwrap() - before >= 50.0);
        assert!(memory(pid).unwrap().rss_mib > 0.5);
    }
}
