//! `security/regressions.toml` names tests that exist: each advisory that applies has at least one.

use serde::Deserialize;

use super::code::code_of;
use super::tree::Tree;

const PATH: &str = "security/regressions.toml";
/// What is known to be fewer has lost some.
const ADVISORIES_MIN: usize = 89;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Regressions {
    advisory: Vec<Advisory>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advisory {
    id: String,
    summary: String,
    status: Status,
    why: Option<String>,
    #[serde(default)]
    tests: Vec<String>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Tested,
    Later,
    NotApplicable,
}

/// One line for each entry that is incomplete, or names what does not exist.
pub fn broken(tree: &Tree, text: &str) -> Vec<String> {
    let regressions: Regressions = match toml::from_str(text) {
        Ok(regressions) => regressions,
        Err(error) => return vec![format!("{PATH}: {error}")],
    };
    let mut broken = Vec::new();
    let mut say = |advisory: &Advisory, what: &str| broken.push(format!("{PATH}: {}: {what}", advisory.id));
    for (number, advisory) in regressions.advisory.iter().enumerate() {
        if advisory.id.trim().is_empty() || advisory.summary.trim().is_empty() {
            say(advisory, "an entry has an id and a summary");
        }
        if regressions.advisory[..number].iter().any(|other| other.id == advisory.id) {
            say(advisory, "is there twice");
        }
        match advisory.status {
            Status::Tested if advisory.tests.is_empty() => say(advisory, "is tested, but names no test"),
            Status::Later | Status::NotApplicable if advisory.why.as_ref().is_none_or(|why| why.trim().is_empty()) => {
                say(advisory, "has no test: say why");
            }
            _ => {}
        }
        for test in &advisory.tests {
            if !exists(tree, test) {
                say(advisory, &format!("there is no test {test}"));
            }
        }
    }
    broken
}

/// Whether `path::function` is a function of the file that tests see.
fn exists(tree: &Tree, test: &str) -> bool {
    let Some((path, function)) = test.split_once("::") else { return false };
    let Some(file) = tree.files.iter().find(|file| file.path == path) else { return false };
    let is_test_file =
        path.starts_with("tests/src/") || path.contains("/tests/") || path.ends_with("/tests.rs") || file.text.contains("#[cfg(test)]");
    !function.is_empty() && is_test_file && code_of(&file.text).contains(&format!("fn {function}("))
}

#[test]
fn every_advisory_names_tests_that_exist() {
    let tree = Tree::here();
    let file = tree.files.iter().find(|file| file.path == PATH).unwrap_or_else(|| panic!("there is no {PATH}"));
    super::holds(broken(tree, &file.text));
    assert!(file.text.matches("[[advisory]]").count() >= ADVISORIES_MIN, "an advisory has been taken out");
}

#[test]
fn a_regression_without_its_test_is_found() {
    let tree = Tree::here();
    let here = "tests/src/tidy/regressions.rs::a_regression_without_its_test_is_found";
    let entry = |rest: &str| format!("[[advisory]]\nid = \"X\"\nsummary = \"x\"\n{rest}\n");
    for (text, count) in [
        (entry(&format!("status = \"tested\"\ntests = [\"{here}\"]")), 0),
        (entry("status = \"later\"\nwhy = \"there is no such thing\""), 0),
        (entry("status = \"tested\""), 1),
        (entry("status = \"later\""), 1),
        (entry("status = \"not-applicable\"\nwhy = \" \""), 1),
        (entry("status = \"fine\""), 1),
        (entry(&format!("status = \"tested\"\ntests = [\"{here}_not\"]")), 1),
        (entry("status = \"tested\"\ntests = [\"tests/src/nowhere.rs::x\"]"), 1),
        (entry("status = \"tested\"\ntests = [\"a_function\"]"), 1),
        (entry("status = \"tested\"\ntests = [\"crates/app/src/lib.rs::\"]"), 1),
        (entry(&format!("status = \"tested\"\ntests = [\"{here}\"]")).repeat(2), 1),
    ] {
        assert_eq!(broken(tree, &text).len(), count, "{text}");
    }
}
