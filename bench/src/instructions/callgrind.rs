//! The server under callgrind (valgrind.org/docs/manual/cl-manual.html): the instructions it executed between two
//! dumps, by function. Each dump resets the counters.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Where it writes, below the server's directory; each time with a number behind it.
const OUT: &str = "callgrind.out";
/// Calls of these get memory.
const ALLOCATORS: [&str; 6] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign"];

/// A server's process that was started behind [`prefix`].
pub struct Callgrind {
    pid: u32,
    dir: PathBuf,
    written: usize,
}

/// What stands before the server's own command line. Nothing is counted until [`Callgrind::begin`].
pub fn prefix(dir: &Path) -> Vec<String> {
    let out = dir.join(OUT);
    // What was written by the process before has the names that are looked for.
    for number in 1.. {
        if fs::remove_file(numbered(&out, number)).is_err() {
            break;
        }
    }
    vec!["valgrind".into(), "--tool=callgrind".into(), "--instr-atstart=no".into(), format!("--callgrind-out-file={}", out.display())]
}

impl Callgrind {
    pub fn of(pid: u32, dir: &Path) -> Callgrind {
        Callgrind { pid, dir: dir.to_owned(), written: 0 }
    }

    /// From now on everything is counted.
    pub fn begin(&self) -> Result<()> {
        self.tell(&["instrumentation", "on"])
    }

    /// What was executed since the last time, or since the beginning.
    pub fn take(&mut self) -> Result<Profile> {
        self.tell(&["dump"])?;
        self.written += 1;
        let path = numbered(&self.dir.join(OUT), self.written);
        let text = fs::read(&path).with_context(|| format!("callgrind has not written {}", path.display()))?;
        Ok(Profile::read(&String::from_utf8_lossy(&text)))
    }

    fn tell(&self, words: &[&str]) -> Result<()> {
        let told = Command::new("vgdb").arg(format!("--pid={}", self.pid)).args(words).output().context("vgdb, which belongs to valgrind")?;
        ensure!(told.status.success(), "callgrind does not obey: {}", String::from_utf8_lossy(&told.stderr));
        Ok(())
    }
}

fn numbered(out: &Path, number: usize) -> PathBuf {
    PathBuf::from(format!("{}.{number}", out.display()))
}

/// Instructions by function, without those of the functions it calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    pub by_function: BTreeMap<String, u64>,
    pub allocations: u64,
}

impl Profile {
    /// Without those of the allocator, which depend on how its heap happens to look; allocations are told by themselves.
    pub fn instructions(&self) -> u64 {
        self.by_function.iter().filter(|(name, _)| !is_allocators(name)).map(|(_, cost)| cost).sum()
    }

    /// Source: valgrind.org/docs/manual/cl-format.html.
    fn read(text: &str) -> Profile {
        let (mut profile, mut names) = (Profile::default(), BTreeMap::new());
        let (mut function, mut callee, mut is_call) = (String::new(), String::new(), false);
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("fn=") {
                function = named(name, &mut names);
            } else if let Some(name) = line.strip_prefix("cfn=") {
                callee = named(name, &mut names);
            } else if let Some(call) = line.strip_prefix("calls=") {
                // The line behind it tells what the call cost with all below it: that is counted where it was spent.
                is_call = true;
                if ALLOCATORS.contains(&callee.as_str()) && !ALLOCATORS.contains(&function.as_str()) {
                    profile.allocations += first_number(call);
                }
            } else if is_cost(line) && !std::mem::take(&mut is_call) {
                let cost = line.split(' ').nth(1).map_or(0, first_number);
                *profile.by_function.entry(function.clone()).or_default() += cost;
            }
        }
        profile
    }
}

/// Whether a function belongs to the C library's allocator.
pub fn is_allocators(name: &str) -> bool {
    let beginnings = ["_int_", "malloc", "unlink_chunk", "sysmalloc", "systrim", "arena_", "tcache_", "ptmalloc"];
    ALLOCATORS.contains(&name) || name == "free" || beginnings.iter().any(|beginning| name.starts_with(beginning))
}

/// Lines of costs begin with a position, which may be told from the one before.
fn is_cost(line: &str) -> bool {
    line.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '*'))
}

/// `(17) name` the first time, `(17)` from then on.
fn named(text: &str, names: &mut BTreeMap<String, String>) -> String {
    let (id, name) = text.split_once(' ').unwrap_or((text, ""));
    if name.is_empty() {
        return names.get(id).cloned().unwrap_or_default();
    }
    let name = plain(name);
    names.insert(id.to_owned(), name.clone());
    name
}

/// A name without what differs from build to build: the hash at its end, the number of a recursion.
fn plain(name: &str) -> String {
    let name = name.split('\'').next().unwrap_or(name);
    let (front, end) = name.rsplit_once("::h").unwrap_or((name, ""));
    if end.len() == 16 && end.bytes().all(|byte| byte.is_ascii_hexdigit()) { front.to_owned() } else { name.to_owned() }
}

fn first_number(text: &str) -> u64 {
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_counted_where_they_are_spent() {
        let text = "version: 1\npid: 7\nevents: Ir\npositions: line\nob=(1) /bin/ferrodon\nfl=(1) a.rs\nfn=(1) app::show::h0123456789abcdef\n\
                    3 100\n+2 20\ncfn=(2) malloc\ncalls=5 9\n* 5000\ncfn=(3) app::other'2\ncalls=1 2\n+1 40\n-2 7\n\nfn=(2)\n9 4000\n\
                    cfn=(4) calloc\ncalls=9 1\n* 3\n\nfn=(3)\n1 40\nfn=(1)\n1 1\n\ntotals: 4168\n";
        let profile = Profile::read(text);
        let expected = [("app::other", 40), ("app::show", 128), ("malloc", 4000)].map(|(name, cost)| (name.to_owned(), cost));
        assert_eq!(profile.by_function, BTreeMap::from(expected));
        assert_eq!((profile.allocations, profile.instructions()), (5, 168));
    }

    #[test]
    fn names_are_the_same_in_every_build() {
        assert_eq!(plain("<app::A as core::fmt::Debug>::fmt::h00112233445566ff"), "<app::A as core::fmt::Debug>::fmt");
        assert_eq!(plain("app::here"), "app::here");
        assert_eq!(plain("app::walk'2"), "app::walk");
    }
}
