//! A client that only wants its answers, beside others that attack.

use std::fmt::{Display, Formatter, Result};
use std::time::{Duration, Instant};

use reqwest::Client;

use crate::server::{Server, client};

/// After so many requests without an answer there is no need for more.
const FAILURES_MAX: usize = 3;

/// How long its requests took.
#[derive(Debug)]
pub struct Measured {
    /// Ascending.
    times: Vec<Duration>,
    /// Those without a whole answer.
    pub failed: usize,
}

impl Measured {
    /// What so many percent took at most.
    pub fn at(&self, percent: usize) -> Duration {
        self.times.get((self.times.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or(Duration::MAX)
    }
}

impl Display for Measured {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        if self.times.is_empty() {
            return write!(formatter, "no answer to {} requests", self.failed);
        }
        let ms = |percent| self.at(percent).as_secs_f64() * 1000.0;
        write!(formatter, "p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, {} without an answer", ms(50), ms(90), ms(99), self.failed)
    }
}

/// So many requests one after another, half of them on connections of their own, each of which may take `limit`.
pub async fn measure(server: &Server, requests: usize, limit: Duration) -> Measured {
    let kept = client();
    let mut measured = Measured { times: Vec::new(), failed: 0 };
    for number in 0..requests {
        let other = if number % 2 == 0 { kept.clone() } else { Client::builder().no_proxy().build().expect("a client") };
        let start = Instant::now();
        let answer = other.get(format!("{}/api/v2/instance", server.url)).timeout(limit).send().await;
        let is_whole = match answer {
            Ok(answer) => answer.status() == 200 && answer.bytes().await.is_ok(),
            Err(_) => false,
        };
        if is_whole {
            measured.times.push(start.elapsed());
        } else {
            measured.failed += 1;
        }
        if measured.failed >= FAILURES_MAX {
            break;
        }
    }
    measured.times.sort();
    measured
}
