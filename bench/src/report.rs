//! Results: a table to read, JSON lines to keep, the targets beside the figures, and the ratios against an earlier run.

use std::collections::HashSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::line::Line;
use crate::targets::{self, Judgement};

/// A ratio this far from 1 is marked; less is noise.
const NOTABLE: f64 = 1.2;

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
