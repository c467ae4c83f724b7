//! The values that were accepted last, kept beside the code, and what has grown since.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// So much more than accepted is too much.
const GROWTH_MAX: f64 = 0.03;
/// MB of memory more than accepted are too much.
const MEMORY_GROWTH_MAX_MB: f64 = 2.0;
/// Less than this share of a request is not kept of a function, nor told.
const FUNCTION_SHARE_MIN: f64 = 0.004;
const FUNCTIONS_SHOWN: usize = 8;

/// What one request costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    pub instructions: u64,
    pub allocations: f64,
    pub statements: f64,
    /// Instructions of the functions in which most are spent.
    pub functions: BTreeMap<String, u64>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Values {
    /// What the figures depend on besides the code.
    pub made_with: String,
    pub memory_after_mixed_mb: f64,
    pub requests: BTreeMap<String, Cost>,
}

pub fn read(path: &Path) -> Result<Values> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| format!("{} holds no accepted values", path.display()))
}

pub fn write(path: &Path, values: &Values) -> Result<()> {
    let text = serde_json::to_string_pretty(values)? + "\n";
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// The compiler, the C library, callgrind, and which instructions the processor knows: each changes the figures.
pub fn made_with() -> Result<String> {
    let rustc = first_line("rustc", "-V")?;
    let valgrind = first_line("valgrind", "--version")?;
    let libc = first_line("ldd", "--version")?;
    let flags = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = flags.lines().find(|line| line.starts_with("flags")).unwrap_or_default();
    let known: Vec<&str> = ["avx2", "bmi2", "erms", "fsrm"].into_iter().filter(|flag| flags.split(' ').any(|one| one == *flag)).collect();
    Ok(format!("{rustc}; {valgrind}; {libc}; {}", known.join(" ")))
}

fn first_line(program: &str, option: &str) -> Result<String> {
    let said = Command::new(program).arg(option).output().with_context(|| program.to_owned())?;
    Ok(String::from_utf8_lossy(&said.stdout).lines().next().unwrap_or_default().to_owned())
}

impl Cost {
    /// Keeps of the functions those that matter.
    pub fn of(instructions: u64, allocations: f64, statements: f64, mut functions: BTreeMap<String, u64>) -> Cost {
        functions.retain(|_, cost| *cost as f64 >= instructions as f64 * FUNCTION_SHARE_MIN);
        Cost { instructions, allocations, statements, functions }
    }
}

/// A table of all, with what was accepted, and whether nothing has grown too much.
pub fn compare(accepted: &Values, now: &Values) -> (String, bool) {
    let (mut table, mut is_fine) = (String::new(), true);
    let _ = writeln!(table, "{:<24} {:>13} {:>13} {:>8} {:>12} {:>11}", "request", "accepted", "instructions", "", "allocations", "statements");
    for (name, cost) in &now.requests {
        let Some(before) = accepted.requests.get(name) else {
            is_fine = false;
            let _ = writeln!(table, "{name:<24} {:>13} {:>13} {:>8}", "none", cost.instructions, "NEW");
            continue;
        };
        let growth = cost.instructions as f64 / before.instructions as f64 - 1.0;
        let has_grown = cost.instructions as f64 > before.instructions as f64 * (1.0 + GROWTH_MAX);
        let mark = if has_grown { " GROWN" } else { "" };
        let _ = writeln!(
            table,
            "{name:<24} {:>13} {:>13} {:>+7.1}% {:>12.1} {:>11.1}{mark}",
            before.instructions,
            cost.instructions,
            growth * 100.0,
            cost.allocations,
            cost.statements
        );
        if has_grown {
            is_fine = false;
            table += &grown_functions(before, cost);
        }
    }
    for name in accepted.requests.keys().filter(|name| !now.requests.contains_key(*name)) {
        is_fine = false;
        let _ = writeln!(table, "{name:<24} was not measured");
    }
    let (before, after) = (accepted.memory_after_mixed_mb, now.memory_after_mixed_mb);
    let has_grown = after > before + MEMORY_GROWTH_MAX_MB;
    let _ = writeln!(table, "memory after mixed requests: {after:.1} MB, accepted {before:.1} MB{}", if has_grown { " GROWN" } else { "" });
    (table, is_fine && !has_grown)
}

/// The functions that grew most; of one that was too small to be kept, all counts as new.
fn grown_functions(before: &Cost, now: &Cost) -> String {
    let mut grown: Vec<(&String, i64)> =
        now.functions.iter().map(|(name, cost)| (name, *cost as i64 - before.functions.get(name).map_or(0, |cost| *cost as i64))).collect();
    grown.retain(|(_, more)| *more > 0);
    grown.sort_unstable_by_key(|(_, more)| std::cmp::Reverse(*more));
    grown.iter().take(FUNCTIONS_SHOWN).map(|(name, more)| format!("    {more:>+9} {name}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(instructions: u64, memory_after_mixed_mb: f64) -> Values {
        let functions = BTreeMap::from([("app::show".to_owned(), instructions / 2), ("malloc".to_owned(), 400), ("rare".to_owned(), 1)]);
        let requests = BTreeMap::from([("home".to_owned(), Cost::of(instructions, 3.0, 1.0, functions))]);
        Values { made_with: "here".into(), memory_after_mixed_mb, requests }
    }

    #[test]
    fn growth_past_its_limit_is_told_with_the_functions_that_grew() {
        let accepted = values(1_000_000, 40.0);
        assert!(compare(&accepted, &values(1_030_000, 42.0)).1);
        let (table, is_fine) = compare(&accepted, &values(1_031_000, 40.0));
        assert!(!is_fine && table.contains("GROWN") && table.contains("+15500 app::show") && !table.contains("malloc"), "{table}");
        assert!(!compare(&accepted, &values(1_000_000, 42.1)).1);
        assert!(compare(&accepted, &values(500_000, 20.0)).1);
    }

    #[test]
    fn a_request_that_only_one_side_has_is_not_passed_over() {
        let (accepted, mut now) = (values(1_000, 1.0), values(1_000, 1.0));
        let cost = now.requests["home"].clone();
        now.requests.insert("other".into(), cost);
        assert!(!compare(&accepted, &now).1 && !compare(&now, &accepted).1);
    }
}
