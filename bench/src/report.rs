//! Results: a table to read, JSON lines to keep, the targets beside the figures, and the ratios against an earlier run.
//!
//! Two lines belong together when their row, case and parameters are the same: what was measured under
//! other conditions is not compared.

use std::collections::HashSet;
use std::fmt::{self, Write};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::load::Load;
use crate::numbers::{median, quantile};
use crate::process::Spent;
use crate::targets::{self, Judgement};

/// A ratio this far from 1 is marked; less is noise.
const NOTABLE: f64 = 1.2;

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

    fn conditions(&self) -> String {
        let parameters: Vec<String> = self.parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let parameters = if parameters.is_empty() { String::new() } else { format!("({})", parameters.join(", ")) };
        format!("{} {parameters}", self.case).trim().to_owned()
    }

    fn is_like(&self, other: &Line) -> bool {
        self.row == other.row && self.case == other.case && self.parameters == other.parameters
    }
}

/// Writes one line of JSON for each measure.
pub fn write_jsonl(path: &Path, lines: &[Line]) -> Result<()> {
    let mut text = String::new();
    for line in lines {
        writeln!(text, "{}", serde_json::to_string(line)?)?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

pub fn read_jsonl(path: &Path) -> Result<Vec<Line>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let read = |(number, line)| serde_json::from_str(line).with_context(|| format!("{}:{}", path.display(), number + 1));
    text.lines().enumerate().filter(|(_, line)| !line.is_empty()).map(read).collect()
}

/// Which columns a table has.
#[derive(Clone, Copy, Default)]
pub struct Columns<'a> {
    /// The targets, and whether they were met.
    pub judged: bool,
    /// An earlier run: each value's ratio to the one there.
    pub earlier: Option<&'a [Line]>,
}

/// The lines as a table.
pub fn table(lines: &[Line], columns: Columns<'_>) -> String {
    let mut out = String::new();
    if let Some(run) = lines.first().map(|line| &line.run) {
        let _ = writeln!(out, "{run}");
    }
    if let Some(run) = columns.earlier.and_then(|lines| lines.first()).map(|line| &line.run) {
        let _ = writeln!(out, "× is the ratio to {run}");
    }
    let mut shown = HashSet::new();
    for row in lines.iter().map(|line| &line.row) {
        if shown.insert(row) {
            let _ = writeln!(out, "\n{row}");
            lines.iter().filter(|line| line.row == *row).for_each(|line| write_line(&mut out, line, columns));
        }
    }
    out
}

fn write_line(out: &mut String, line: &Line, columns: Columns<'_>) {
    let _ = writeln!(out, "  {}", line.conditions());
    let before = columns.earlier.and_then(|earlier| earlier.iter().find(|earlier| earlier.is_like(line)));
    for (name, value) in line.values.iter().filter_map(|(name, value)| Some((name, value.as_f64()?))) {
        let earlier = before.and_then(|earlier| earlier.values.get(name)?.as_f64());
        let ratio = match (columns.earlier, earlier) {
            (None, _) => String::new(),
            (Some(_), Some(earlier)) => compare(name, value, earlier),
            (Some(_), None) => "-".into(),
        };
        let target = targets::limit_of(line, name).map_or_else(String::new, |limit| {
            let verdict = match columns.judged {
                false => "",
                true if limit.holds(value) => "  ok",
                true => "  MISSED",
            };
            format!("{limit}{verdict}")
        });
        let _ = writeln!(out, "{}", format!("    {name:<28}{:>12}   {target:<16}{ratio}", short(value)).trim_end());
    }
}

/// The last lines under a table that was judged.
pub fn verdict(judgement: &Judgement) -> String {
    let mut out = format!("\n{} targets met, {} missed, {} not measured\n", judgement.met, judgement.missed.len(), judgement.unmeasured);
    for missed in &judgement.missed {
        let _ = writeln!(out, "  missed: {missed}");
    }
    out
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "commit {} on {}, {} cores, fdatasync {:.2} ms", self.commit, self.database, self.cores, self.fdatasync_ms)
    }
}

/// Now over before, with a word where that is notable. Shares tell about the machine: they have no better or worse.
fn compare(name: &str, now: f64, before: f64) -> String {
    let ratio = now / before;
    if !ratio.is_finite() {
        return "-".into();
    }
    let cost = if name.ends_with("_per_s") { 1.0 / ratio } else { ratio };
    let word = match cost {
        _ if name.ends_with("_share") => "",
        cost if cost > NOTABLE => "  worse",
        cost if cost < 1.0 / NOTABLE => "  better",
        _ => "",
    };
    format!("× {ratio:.2}{word}")
}

/// Three digits that matter.
fn short(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(connections: usize, per_s: f64, cpu_ms: f64) -> Line {
        Line::new("post", "durable").with("connections", connections).value("posts_per_s", per_s).value("cpu_ms", cpu_ms)
    }

    #[test]
    fn a_line_is_read_back_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines.jsonl");
        let lines = vec![post(1, 200.0, 0.5), post(8, 1000.0, 0.4)];
        write_jsonl(&path, &lines).unwrap();
        assert_eq!(read_jsonl(&path).unwrap(), lines);
    }

    #[test]
    fn ratios_say_which_way_is_better() {
        assert_eq!(compare("cpu_ms", 3.0, 2.0), "× 1.50  worse");
        assert_eq!(compare("posts_per_s", 3.0, 2.0), "× 1.50  better");
        assert_eq!(compare("rss_mib", 2.1, 2.0), "× 1.05");
        assert_eq!(compare("others_share", 0.9, 0.1), "× 9.00");
        assert_eq!(compare("cpu_ms", 1.0, 0.0), "-");
    }

    #[test]
    fn only_like_is_compared_with_like() {
        let compared = |earlier: Line| table(&[post(8, 1000.0, 0.4)], Columns { earlier: Some(&[earlier]), judged: false });
        let shown = compared(post(1, 500.0, 0.8));
        assert!(shown.contains("    cpu_ms") && !shown.contains("× 2"), "{shown}");
        let shown = compared(post(8, 500.0, 0.4));
        assert!(shown.contains("× 2.00  better") && shown.contains("× 1.00\n"), "{shown}");
    }

    #[test]
    fn figure_and_target_stand_side_by_side() {
        let line = |cpu_ms| [Line::new("reblog", "").with("connections", 1).value("cpu_ms_per_request", cpu_ms)];
        let judged = Columns { judged: true, earlier: None };
        assert!(table(&line(0.5), judged).contains("0.500   ≤ 1  ok\n"), "{}", table(&line(0.5), judged));
        assert!(table(&line(1.5), judged).contains("1.50   ≤ 1  MISSED\n"), "{}", table(&line(1.5), judged));
        assert!(table(&line(1.5), Columns::default()).contains("1.50   ≤ 1\n"), "{}", table(&line(1.5), Columns::default()));
    }
}
