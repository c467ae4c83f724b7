//! Two builds measured in turn, several times: the median ratio of each row.
//!
//! One run differs from the next by a tenth on a virtual machine. The ratio within a pair, whose two runs follow each
//! other, moves less, and the median over several pairs moves little.

use std::collections::HashSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::line::Line;
use crate::numbers::median;
use crate::report;

/// Pairs below which a median says little.
pub const PAIRS_MIN: usize = 3;
/// The greatest median ratio of CPU time that counts as unchanged.
const CPU_RATIO_MAX: f64 = 1.05;
/// The greatest median growth of memory, in megabytes, that counts as unchanged.
const MEMORY_GROWTH_MAX_MB: f64 = 2.0;

/// What the pairs say about one value of one row.
struct Compared {
    name: String,
    value: String,
    /// Medians of the values themselves.
    before: f64,
    after: f64,
    /// The median of the ratios within the pairs.
    ratio: f64,
    lowest: f64,
    highest: f64,
    has_grown: bool,
}

/// Compares result files that were measured in pairs: `before[i]` next to `after[i]`.
///
/// Returns the table, and whether no row has grown past the limits above.
/// Errors: different numbers of files, fewer than [`PAIRS_MIN`], files that cannot be read.
pub fn compare(before: &[PathBuf], after: &[PathBuf]) -> Result<(String, bool)> {
    ensure!(before.len() == after.len(), "{} files before and {} after: each pair has one of each", before.len(), after.len());
    ensure!(before.len() >= PAIRS_MIN, "{} pairs: at least {PAIRS_MIN} are needed for a median", before.len());
    let read = |paths: &[PathBuf]| paths.iter().map(|path| report::read_jsonl(Path::new(path))).collect::<Result<Vec<_>>>();
    let (before, after) = (read(before)?, read(after)?);
    let compared = compare_lines(&before, &after);
    let has_grown = compared.iter().any(|value| value.has_grown);
    Ok((table(&compared, before.len()), !has_grown))
}

fn compare_lines(before: &[Vec<Line>], after: &[Vec<Line>]) -> Vec<Compared> {
    let mut compared = Vec::new();
    let mut seen = HashSet::new();
    for line in after.iter().flatten().filter(|line| seen.insert(line.name())) {
        for value in line.values.keys().filter(|value| is_cpu(value) || is_memory(value)) {
            let pairs: Vec<(f64, f64)> =
                before.iter().zip(after).filter_map(|(before, after)| Some((find(before, line, value)?, find(after, line, value)?))).collect();
            // A row that one of the builds does not measure has nothing to be compared with.
            if pairs.len() < before.len() {
                continue;
            }
            let ratios: Vec<f64> = pairs.iter().map(|(before, after)| after / before).collect();
            let growth = median(&pairs.iter().map(|(before, after)| after - before).collect::<Vec<_>>());
            let ratio = median(&ratios);
            compared.push(Compared {
                name: line.name(),
                value: value.clone(),
                before: median(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>()),
                after: median(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>()),
                ratio,
                lowest: ratios.iter().copied().fold(f64::INFINITY, f64::min),
                highest: ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                has_grown: if is_cpu(value) { ratio > CPU_RATIO_MAX } else { growth > MEMORY_GROWTH_MAX_MB },
            });
        }
    }
    compared
}

fn is_cpu(value: &str) -> bool {
    value.starts_with("cpu_ms")
}

fn is_memory(value: &str) -> bool {
    matches!(value, "rss_mb" | "peak_mb")
}

fn find(lines: &[Line], like: &Line, value: &str) -> Option<f64> {
    lines.iter().find(|line| line.name() == like.name())?.values.get(value)?.as_f64()
}

fn table(compared: &[Compared], pairs: usize) -> String {
    let mut out = format!("{pairs} pairs; medians before and after, the median ratio, and the lowest and highest of the pairs\n\n");
    for row in compared {
        let verdict = if row.has_grown { "  GROWN" } else { "" };
        let values = format!("{:>9.3} {:>9.3}   × {:.3}  ({:.2} to {:.2}){verdict}", row.before, row.after, row.ratio, row.lowest, row.highest);
        let _ = writeln!(out, "{:<62} {:<20} {values}", row.name, row.value);
    }
    let grown = compared.iter().filter(|row| row.has_grown).count();
    let _ = writeln!(out, "\n{} values compared, {grown} grown (CPU past × {CPU_RATIO_MAX}, memory past +{MEMORY_GROWTH_MAX_MB} MB)", compared.len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(cpu_ms: [f64; 3], rss_mb: [f64; 3]) -> Vec<Vec<Line>> {
        let line = |row: &str| Line::new(row, "warm").with("connections", 1);
        cpu_ms
            .into_iter()
            .zip(rss_mb)
            .map(|(cpu, rss)| vec![line("home").value("cpu_ms_per_request", cpu), line("memory").value("rss_mb", rss)])
            .collect()
    }

    #[test]
    fn the_median_ratio_decides() {
        let before = runs([1.0, 2.0, 1.0], [40.0, 40.0, 40.0]);
        let grown = |after: Vec<Vec<Line>>| compare_lines(&before, &after).iter().map(|row| row.has_grown).collect::<Vec<_>>();
        assert_eq!(grown(runs([1.05, 2.0, 9.0], [42.0, 42.0, 90.0])), [false, false]);
        assert_eq!(grown(runs([1.06, 2.2, 1.0], [42.1, 40.0, 42.1])), [true, true]);
    }

    #[test]
    fn a_row_that_one_build_lacks_is_left_out() {
        let mut before = runs([1.0; 3], [40.0; 3]);
        before[1].remove(0);
        let compared = compare_lines(&before, &runs([2.0; 3], [40.0; 3]));
        assert_eq!(compared.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["memory warm (connections 1)"]);
    }

    #[test]
    fn pairs_must_be_complete() {
        let paths = |count| vec![PathBuf::from("none.jsonl"); count];
        assert!(compare(&paths(3), &paths(4)).unwrap_err().to_string().contains("each pair"));
        assert!(compare(&paths(2), &paths(2)).unwrap_err().to_string().contains("at least 3"));
    }
}
