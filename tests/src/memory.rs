//! How much memory a running server takes, as the kernel counts it.

use std::fs;
use std::time::Duration;

use crate::server::Server;
use crate::wait::until;

/// How long a server may take to give memory back: it looks every few seconds, twice.
const REST: Duration = Duration::from_secs(40);

/// Resident bytes of a server now.
pub fn resident(server: &Server) -> u64 {
    figure(server, "VmRSS:")
}

/// The most it had since [`forget_peak`].
pub fn peak(server: &Server) -> u64 {
    figure(server, "VmHWM:")
}

pub fn forget_peak(server: &Server) {
    // 5: "reset the peak resident set size", proc(5).
    fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").expect("the peak is reset");
}

/// Waits until a server takes no more than `most` bytes; what it takes then.
pub async fn falls_to(server: &Server, most: u64) -> u64 {
    until(&format!("the server takes less than {} MB", mb(most)), REST, async || Some(resident(server)).filter(|bytes| *bytes <= most)).await
}

/// Megabytes, for people.
pub fn mb(bytes: u64) -> u64 {
    bytes / 1024 / 1024
}

fn figure(server: &Server, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("the server runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {status}"));
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("kilobytes") * 1024
}
