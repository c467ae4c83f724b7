//! What each figure should be: the promise that a full run on SQLite is judged by.

use std::fmt;

use crate::line::Line;

/// From here on a database is a large one; only `--growth` makes it.
pub const LARGE: usize = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Limit {
    pub fn holds(self, figure: f64) -> bool {
        match self {
            Limit::AtMost(limit) => figure <= limit,
            Limit::AtLeast(limit) => figure >= limit,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::AtMost(limit) => write!(f, "≤ {limit}"),
            Limit::AtLeast(limit) => write!(f, "≥ {limit}"),
        }
    }
}

/// A limit for one value of one row and case.
pub struct Target {
    row: &'static str,
    case: &'static str,
    value: &'static str,
    limit: Limit,
    /// Holds only for lines with this parameter.
    only: Option<(&'static str, usize)>,
}

const fn target(row: &'static str, case: &'static str, value: &'static str, limit: Limit) -> Target {
    Target { row, case, value, limit, only: None }
}

impl Target {
    const fn only(self, parameter: &'static str, value: usize) -> Target {
        Target { only: Some((parameter, value)), ..self }
    }
}

use Limit::{AtLeast, AtMost};

const CPU: &str = "cpu_ms_per_request";
const RATIO: &str = "p50_ratio_to_smallest";

#[rustfmt::skip]
pub const TARGETS: &[Target] = &[
    target("cold start", "empty directory", "first_answer_ms", AtMost(500.0)),
    target("cold start", "filled database", "first_answer_ms", AtMost(150.0)),
    target("memory", "after mixed requests", "rss_mb", AtMost(40.0)),
    target("memory", "peak of the API phase", "peak_mb", AtMost(120.0)),
    target("memory", "after ingested activities", "rss_mb", AtMost(80.0)),
    target("memory", "peak of the federation phase", "peak_mb", AtMost(120.0)),
    target("home", "20, warm", CPU, AtMost(0.15)).only("connections", 1),
    target("home", "20, caches off", CPU, AtMost(0.8)),
    target("home", "40, walking back", CPU, AtMost(0.8)),
    target("local timeline", "20", CPU, AtMost(0.2)),
    target("notifications", "20, one by one", CPU, AtMost(0.2)),
    target("notifications", "20, grouped", CPU, AtMost(0.2)),
    target("context", "100 answers", CPU, AtMost(0.5)),
    target("verify_credentials", "", CPU, AtMost(0.03)).only("connections", 8),
    target("account", "", CPU, AtMost(0.03)).only("connections", 8),
    target("instance", "v1", CPU, AtMost(0.03)).only("connections", 8),
    target("instance", "v2", CPU, AtMost(0.03)).only("connections", 8),
    target("post", "without followers", CPU, AtMost(1.0)),
    target("favourite", "", CPU, AtMost(0.5)),
    target("reblog", "", CPU, AtMost(1.0)),
    target("ingest", "known authors", "cpu_ms_per_activity", AtMost(0.8)),
    target("ingest", "known authors", "accepted_per_s", AtLeast(1_000.0)),
    target("ingest", "known authors", "visible_per_s", AtLeast(600.0)),
    target("ingest", "new authors", "cpu_ms_per_activity", AtMost(4.0)),
    target("delivery", "200 shared inboxes", "cpu_ms_per_delivery", AtMost(0.35)),
    target("delivery", "200 shared inboxes", "last_ms", AtMost(150.0)),
    target("upload", "JPEG", "cpu_ms", AtMost(200.0)),
    target("stream", "WebSockets of one person", "used_kib_per_socket", AtMost(8.0)),
    target("stream", "WebSockets of several people", "used_kib_per_socket", AtMost(8.0)),
    target("stream", "WebSockets of one person", "last_ms", AtMost(30.0)),
    target("database", "size", "mb_per_100k_statuses", AtMost(100.0)),
    target("growth", "search, rare word", CPU, AtMost(2.0)).only("statuses", LARGE),
    target("growth", "search, common word", CPU, AtMost(5.0)).only("statuses", LARGE),
    target("growth", "search, phrase", CPU, AtMost(5.0)).only("statuses", LARGE),
    target("growth", "home 20", RATIO, AtMost(1.2)).only("statuses", LARGE),
    target("growth", "context of 100", RATIO, AtMost(1.2)).only("statuses", LARGE),
];

impl Target {
    fn is_for(&self, line: &Line) -> bool {
        let parameter = |name: &str| line.parameters.get(name).and_then(serde_json::Value::as_u64);
        self.row == line.row && self.case == line.case && self.only.is_none_or(|(name, value)| parameter(name) == Some(value as u64))
    }
}

/// The limit of a value, if there is one.
pub fn limit_of(line: &Line, value: &str) -> Option<Limit> {
    TARGETS.iter().find(|target| target.value == value && target.is_for(line)).map(|target| target.limit)
}

/// How a run did.
#[derive(Debug, PartialEq)]
pub struct Judgement {
    pub met: usize,
    /// A sentence for each that was not.
    pub missed: Vec<String>,
    /// Targets for which nothing was measured.
    pub unmeasured: usize,
}

/// Holds every line against the targets. A figure that is no number misses.
pub fn judge(lines: &[Line]) -> Judgement {
    let mut judgement = Judgement { met: 0, missed: Vec::new(), unmeasured: 0 };
    for target in TARGETS {
        let mut figures = lines.iter().filter(|line| target.is_for(line)).map(|line| (line, line.values.get(target.value))).peekable();
        if figures.peek().is_none() {
            judgement.unmeasured += 1;
        }
        for (line, figure) in figures {
            match figure.and_then(serde_json::Value::as_f64) {
                Some(figure) if target.limit.holds(figure) => judgement.met += 1,
                figure => {
                    let figure = figure.map_or("nothing".to_owned(), |figure| format!("{figure:.3}"));
                    judgement.missed.push(format!("{}: {} is {figure}, should be {}", line.name(), target.value, target.limit));
                }
            }
        }
    }
    judgement
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(connections: usize, cpu_ms: f64) -> Line {
        Line::new("home", "20, warm").with("connections", connections).value(CPU, cpu_ms)
    }

    #[test]
    fn a_figure_over_its_limit_misses() {
        let judgement = judge(&[home(1, 0.15), home(8, 9.0)]);
        assert_eq!((judgement.met, judgement.missed.len()), (1, 0), "{judgement:?}");
        let judgement = judge(&[home(1, 0.151)]);
        assert_eq!(judgement.missed, ["home 20, warm (connections 1): cpu_ms_per_request is 0.151, should be ≤ 0.15"]);
    }

    #[test]
    fn a_rate_under_its_limit_misses() {
        let line = |rate| {
            Line::new("ingest", "known authors").value("cpu_ms_per_activity", 0.1).value("accepted_per_s", 2_000.0).value("visible_per_s", rate)
        };
        assert!(judge(&[line(600.0)]).missed.is_empty());
        assert_eq!(judge(&[line(599.0)]).missed.len(), 1);
    }

    #[test]
    fn no_number_is_a_miss_and_no_line_is_told() {
        assert_eq!(judge(&[home(1, f64::NAN)]).missed.len(), 1);
        assert_eq!(judge(&[]), Judgement { met: 0, missed: Vec::new(), unmeasured: TARGETS.len() });
    }

    #[test]
    fn growth_is_judged_by_the_large_database_alone() {
        let line = |statuses| Line::new("growth", "home 20").with("statuses", statuses).value(RATIO, 3.0);
        assert!(judge(&[line(100_000)]).missed.is_empty());
        assert_eq!(judge(&[line(1_000_000)]).missed.len(), 1);
    }
}
