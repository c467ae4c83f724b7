//! What one measure came to, and under which circumstances.
//!
//! Two lines belong together when their row, case and parameters are the same: what was measured under
//! other conditions is not compared.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::load::Load;
use crate::numbers::{median, quantile};
use crate::process::Spent;

/// One measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub row: String,
    pub case: String,
    /// What the values depend on, such as connections and how many statuses there were.
    pub parameters: Map<String, Value>,
    /// Numbers, each named with its unit at the end, the telling ones first.
    pub values: Map<String, Value>,
    #[serde(flatten)]
    pub run: Run,
}

/// Under which circumstances: the same for all lines of a run, and no condition for comparing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub commit: String,
    /// `SQLite` or `PostgreSQL`; the results of older versions, which knew only one, do not say.
    #[serde(default = "sqlite")]
    pub database: String,
    pub cores: usize,
    /// The median of appending 4 KiB and syncing it where the data directories are: the disk's part in a post.
    pub fdatasync_ms: f64,
    /// Seconds since 1970.
    pub at: u64,
}

fn sqlite() -> String {
    "SQLite".into()
}

impl Line {
    pub fn new(row: &str, case: &str) -> Line {
        Line { row: row.into(), case: case.into(), parameters: Map::new(), values: Map::new(), run: Run::default() }
    }

    pub fn with(mut self, parameter: &str, value: usize) -> Line {
        self.parameters.insert(parameter.into(), value.into());
        self
    }

    pub fn value(mut self, name: &str, value: f64) -> Line {
        self.values.insert(name.into(), value.into());
        self
    }

    /// What each of `requests` cost the server, and who used the machine beside it.
    pub fn cost(self, spent: &Spent, requests: usize) -> Line {
        self.value("cpu_ms_per_request", spent.server_cpu_ms / requests as f64)
            .value("queries_per_request", spent.counted.statements / requests as f64)
            .value("client_share", spent.client_share)
            .value("others_share", spent.others_share)
    }

    /// How soon the answers came.
    pub fn answers(self, load: &Load) -> Line {
        self.value("p50_ms", median(&load.answers_ms)).value("p99_ms", quantile(&load.answers_ms, 0.99)).value("requests_per_s", load.per_s())
    }

    /// Row, case and parameters.
    pub fn name(&self) -> String {
        format!("{} {}", self.row, self.conditions()).trim_end().to_owned()
    }

    pub fn conditions(&self) -> String {
        let parameters: Vec<String> = self.parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let parameters = if parameters.is_empty() { String::new() } else { format!("({})", parameters.join(", ")) };
        format!("{} {parameters}", self.case).trim().to_owned()
    }

    pub fn is_like(&self, other: &Line) -> bool {
        self.row == other.row && self.case == other.case && self.parameters == other.parameters
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "commit {} on {}, {} cores, fdatasync {:.2} ms", self.commit, self.database, self.cores, self.fdatasync_ms)
    }
}
