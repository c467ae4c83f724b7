//! docs/hardening.md names tests that exist, in every row.

use super::code::code_of;
use super::tree::Tree;

const PATH: &str = "docs/hardening.md";
/// What is known to be fewer has lost some.
const ROWS_MIN: usize = 60;

/// One line for each row without a test, and for each test that does not exist.
pub fn broken(tree: &Tree, text: &str) -> Vec<String> {
    let sources: Vec<(&str, String)> =
        tree.files.iter().filter(|file| file.path.ends_with(".rs")).map(|file| (file.path.as_str(), code_of(&file.text))).collect();
    let mut broken = Vec::new();
    for (number, row) in rows(text) {
        let tests: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        if tests.is_empty() {
            broken.push(format!("{PATH}:{number}: the row names no test"));
        }
        for test in tests.into_iter().filter(|test| !exists(&sources, test)) {
            broken.push(format!("{PATH}:{number}: there is no test {test}"));
        }
    }
    broken
}

/// The last cell of each row of a table, with the number of its line.
fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_row = |line: &str| line.starts_with("| ") && !line.starts_with("| what was wrong");
    text.lines().enumerate().filter(move |(_, line)| is_row(line)).filter_map(|(number, line)| {
        let cells = line.trim_end().strip_suffix('|')?;
        Some((number + 1, cells.rsplit(" | ").next()?))
    })
}

/// Whether there is such a function, or for `module::tests` such a module.
fn exists(sources: &[(&str, String)], test: &str) -> bool {
    if let Some(module) = test.strip_suffix("::tests") {
        let (file, folder) = (format!("/{module}.rs"), format!("/{module}/tests.rs"));
        return sources.iter().any(|(path, code)| path.ends_with(&folder) || path.ends_with(&file) && code.contains("mod tests"));
    }
    let name = test.rsplit("::").next().unwrap_or(test);
    let wanted = format!("fn {name}(");
    sources.iter().any(|(_, code)| code.contains(&wanted))
}

#[test]
fn every_row_of_hardening_names_tests_that_exist() {
    let tree = Tree::here();
    let file = tree.files.iter().find(|file| file.path == PATH).unwrap_or_else(|| panic!("there is no {PATH}"));
    super::holds(broken(tree, &file.text));
    assert!(rows(&file.text).count() >= ROWS_MIN, "a row has been taken out");
}

#[test]
fn a_row_without_its_test_is_found() {
    let tree = Tree::here();
    for (row, count) in [
        ("| a | b | e2e/`a_row_without_its_test_is_found` |", 0),
        ("| a | b | e2e/`hardening::a_row_without_its_test_is_found`, `limit::tests` |", 0),
        ("| a | b |  |", 1),
        ("| a | `rows` | none |", 1),
        ("| a | b | `a_row_without_its_test_is_foun` |", 1),
        ("| a | b | `nowhere::tests` |", 1),
    ] {
        assert_eq!(broken(tree, row).len(), count, "{row}");
    }
}
