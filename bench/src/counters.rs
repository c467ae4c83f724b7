//! What the server counts of itself: statements and commits, read where it shows its metrics.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

const LIMIT: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;
const STATEMENTS: &str = "ferrodon_db_statements_total";
const COMMITS: &str = "ferrodon_db_commits_total";

/// Since the server's start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    pub statements: f64,
    pub commits: f64,
}

impl Counters {
    /// Asks the server; the few statements it takes to answer are among those it counts.
    pub fn read(metrics: SocketAddr) -> Result<Counters> {
        ensure!(metrics.ip().is_loopback(), "{metrics} is not on this machine");
        let mut stream = TcpStream::connect_timeout(&metrics, LIMIT).with_context(|| format!("no metrics at {metrics}"))?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(format!("GET /metrics HTTP/1.1\r\nhost: {metrics}\r\nconnection: close\r\n\r\n").as_bytes())?;
        let mut text = String::new();
        stream.take(ANSWER_BYTES_MAX).read_to_string(&mut text)?;
        Ok(Counters::parse(&text))
    }

    /// 0 for what a server does not count (yet).
    fn parse(text: &str) -> Counters {
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or_default();
        Counters { statements: value(STATEMENTS), commits: value(COMMITS) }
    }

    pub fn since(self, before: Counters) -> Counters {
        Counters { statements: self.statements - before.statements, commits: self.commits - before.commits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_among_other_metrics() {
        let text =
            "HTTP/1.1 200 OK\r\n\r\n# TYPE ferrodon_db_statements_total counter\nferrodon_db_statements_total 1234\n\nferrodon_db_commits_total 5\n";
        assert_eq!(Counters::parse(text), Counters { statements: 1234.0, commits: 5.0 });
        assert_eq!(Counters::parse("ferrodon_db_group_size_count 3"), Counters::default());
    }
}
