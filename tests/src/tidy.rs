//! Rules of ARCHITECTURE.md that a program can check, held against every file of the repository.
//!
//! Lives here: the rules, as tables where they can be. Below: `tree` reads the files, `code` tells code from
//! prose and from tests, `imports` keeps the modules of a crate in order, `regressions` checks the list of known
//! holes, `samples` shows that each rule can be broken. A rule takes files and returns one line for each place that
//! breaks it: `path:line: what is wrong`.

mod code;
mod hardening;
mod imports;
mod regressions;
mod samples;
mod tree;

use code::{code_of, is_test_file, labels, lines_with, without_tests};
use tree::{File, Tree};

const RUST_FILE_LINES_MAX: usize = 700;

/// Which of our crates each crate may import.
const IMPORTS: [(&str, &[&str]); 6] = [
    ("wire", &[]),
    ("text", &[]),
    ("store", &[]),
    ("app", &["wire", "text", "store"]),
    ("web", &["app", "wire", "text"]),
    ("ferrodon", &["app", "web", "store", "text", "wire"]),
];

/// What may be named in some places only. Tests may name what they need.
struct Placed {
    words: &'static [&'static str],
    only_in: &'static [&'static str],
    because: &'static str,
}

const PLACED: [Placed; 6] = [
    Placed {
        words: &["rusqlite", "tokio_postgres", "deadpool_postgres", "postgres_types"],
        only_in: &["crates/store/"],
        because: "the database drivers are known to store alone",
    },
    Placed {
        words: &["sql!"],
        only_in: &["crates/store/"],
        because: "SQL text lives in store, once for both engines: add a query to the file of its noun",
    },
    Placed { words: &["axum", "tower_http", "multer", "askama"], only_in: &["crates/web/"], because: "HTTP and HTML are spoken in web alone" },
    Placed { words: &["reqwest"], only_in: &["crates/app/src/net/"], because: "requests to others leave through the guarded client of app::net" },
    Placed { words: &["clap"], only_in: &["crates/ferrodon/"], because: "the command line is read by the binary" },
    Placed {
        words: &["std::env", "env::"],
        only_in: &["crates/ferrodon/", "crates/store/build.rs", "crates/store/examples/", "crates/web/build.rs", "crates/text/build.rs"],
        because: "the environment is read by the binary, which hands on settings (build scripts are told by cargo)",
    },
];

/// Who may ask for the time or for chance, and why. All others ask `App`, whose clock and randomness tests can set.
const CLOCKS: [Placed; 3] = [
    Placed {
        words: &["SystemTime::now", "Timestamp::now", "Zoned::now"],
        only_in: &[
            "crates/app/src/clock.rs",     // the clock itself
            "crates/app/src/files/mod.rs", // compares with the times that the file system gives to files
        ],
        because: "the time comes from App's clock",
    },
    Placed {
        words: &["Instant::now"],
        only_in: &[
            "crates/app/src/clock.rs",               // the clock itself
            "crates/store/src/sqlite.rs",            // bounds the time of a group commit
            "crates/store/examples/search.rs",       // measures searches
            "crates/store/src/postgres.rs",          // measures how long a connection was waited for
            "crates/store/src/link.rs",              // bounds how long what is kept is trusted, measures how soon one is heard
            "crates/app/src/net/mod.rs",             // bounds the time of a request to another server
            "crates/app/src/federation/engine/",     // measures deliveries, bounds a host's turn
            "crates/app/src/federation/statuses/",   // bounds how long people are looked for
            "crates/web/src/middleware/observe.rs",  // measures how long a request took
            "crates/web/src/streaming/teller.rs",    // measures how long an event waited
            "crates/web/src/streaming/websocket.rs", // when the next ping is due
            "crates/ferrodon/src/",                  // measures the start, bounds the stop
        ],
        because: "the time comes from App's clock",
    },
    Placed {
        words: &["rand::rng", "rand::random", "rand::fill", "thread_rng", "OsRng", "SystemRandom"],
        only_in: &[
            "crates/app/src/clock.rs",     // the source itself
            "crates/app/src/files/mod.rs", // names of unfinished files, which no other process may guess or share
            "crates/wire/src/signature/",  // the library's RSA asks for a source; this kind of signature uses none
        ],
        because: "chance comes from App, so that a test can seed it",
    },
];

/// What the two pure crates never do: no I/O, no clock, no threads.
const PURE_CRATES: [&str; 2] = ["crates/wire/", "crates/text/"];
const IMPURE_WORDS: [&str; 15] = [
    "fs::",
    "std::fs",
    "std::io",
    "std::net",
    "TcpStream",
    "UdpSocket",
    "UnixStream",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "tokio",
    "println!",
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "helpers", "helper", "common", "manager", "misc"];

/// Marks of unfinished work; put together so that this file does not hold them.
const UNFINISHED_WORDS: [&str; 3] = [concat!("to", "do!"), concat!("FIX", "ME"), concat!("X", "XX")];

/// The repository speaks of itself alone, and builds anywhere: no neighbours, no paths of one machine, no
/// makers of the tools it was written with. Looked for in lower case, `FOREIGN_INITIALS` as they are.
const FOREIGN_WORDS: [&str; 7] = [
    concat!("shared", "/reference"),
    concat!("..", "/shared"),
    concat!("/wo", "rk/"),
    concat!("cla", "ude"),
    concat!("anth", "ropic"),
    concat!("open", "ai"),
    concat!("chat", "gpt"),
];
const FOREIGN_INITIALS: [&str; 1] = [concat!("L", "LM")];

/// The macros that make a metric.
const METRICS: [&str; 3] = ["counter!(", "gauge!(", "histogram!("];
/// Ways around them, and around the `'static` that [`labels_are_fixed`] relies on.
const BESIDE_LABELS: [&str; 6] = ["leak", "metrics::Key", "metrics::Label", "Label::new", "with_recorder", "metrics::SharedString"];

const DOCUMENTS: [&str; 6] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "GLOSSARY.md", "CHANGELOG.md", "LICENSE"];

#[test]
fn crates_import_only_those_below_them() {
    holds(imports_point_down(Tree::here()));
}

#[test]
fn drivers_frameworks_and_the_environment_stay_where_they_belong() {
    holds(placed_words_stay(Tree::here(), &PLACED));
    holds(placed_dependencies_stay(Tree::here()));
}

#[test]
fn time_and_chance_come_from_the_app() {
    holds(placed_words_stay(Tree::here(), &CLOCKS));
}

#[test]
fn wire_and_text_are_pure() {
    holds(pure_crates_are_pure(Tree::here()));
}

#[test]
fn rust_files_are_short_headed_named_and_finished() {
    holds(files_are_short(Tree::here()));
    holds(files_have_headers(Tree::here()));
    holds(names_say_something(Tree::here()));
    holds(work_is_finished(Tree::here()));
    holds(no_tabs(Tree::here()));
}

#[test]
fn labels_of_metrics_are_the_programs_own() {
    holds(labels_are_fixed(Tree::here()));
}

#[test]
fn the_repository_speaks_of_itself_alone() {
    holds(no_foreign_words(Tree::here()));
}

#[test]
fn documents_exist_and_name_files_that_exist() {
    holds(documents_exist(Tree::here()));
    holds(architecture_names_real_files(Tree::here()));
}

#[test]
fn scripts_can_be_run() {
    holds(scripts_are_executable(Tree::here()));
}

fn holds(broken: Vec<String>) {
    assert!(broken.is_empty(), "{} broken:\n{}\n", broken.len(), broken.join("\n"));
}

fn imports_point_down(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for (file, krate) in manifests(tree) {
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == krate) else {
            broken.push(format!("{}:1: a crate that IMPORTS in tidy.rs does not know; a new one needs a reason", file.path));
            continue;
        };
        for (line, dependency) in dependencies(&file.text) {
            let ours = IMPORTS.iter().any(|(name, _)| *name == dependency);
            if ours && !allowed.contains(&dependency.as_str()) {
                broken.push(format!("{}:{line}: {krate} may not import {dependency}", file.path));
            }
        }
    }
    broken
}

/// A crate that may not name a library may not depend on it either, not even for its tests.
fn placed_dependencies_stay(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for (file, krate) in manifests(tree) {
        let home = format!("crates/{krate}/");
        for (line, dependency) in dependencies(&file.text) {
            let word = dependency.replace('-', "_");
            let Some(placed) = PLACED.iter().find(|placed| placed.words.contains(&word.as_str())) else { continue };
            if !placed.only_in.iter().any(|place| place.starts_with(&home)) {
                broken.push(format!("{}:{line}: {dependency}: {}", file.path, placed.because));
            }
        }
    }
    broken
}

fn placed_words_stay(tree: &Tree, table: &[Placed]) -> Vec<String> {
    let mut broken = Vec::new();
    for (file, code) in product_code(tree) {
        for placed in table {
            if placed.only_in.iter().any(|place| file.path.starts_with(place)) {
                continue;
            }
            for word in placed.words {
                for line in lines_with(&code, word) {
                    broken.push(format!("{}:{line}: {word}: {}", file.path, placed.because));
                }
            }
        }
    }
    broken
}

fn pure_crates_are_pure(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for (file, code) in product_code(tree) {
        if !PURE_CRATES.iter().any(|pure| file.path.starts_with(pure)) || file.path.ends_with("/build.rs") {
            continue;
        }
        for word in IMPURE_WORDS {
            for line in lines_with(&code, word) {
                broken.push(format!("{}:{line}: {word}: wire and text do no I/O and never ask the time", file.path));
            }
        }
    }
    broken
}

fn files_are_short(tree: &Tree) -> Vec<String> {
    let too_long = |file: &&File| file.text.lines().count() > RUST_FILE_LINES_MAX;
    let say = |file: &File| format!("{}:1: {} lines, {RUST_FILE_LINES_MAX} are allowed: split it", file.path, file.text.lines().count());
    rust_files(tree).filter(too_long).map(say).collect()
}

fn files_have_headers(tree: &Tree) -> Vec<String> {
    rust_files(tree)
        .filter(|file| file.path.starts_with("crates/") && !file.text.starts_with("//!"))
        .map(|file| format!("{}:1: begin with `//!` and what lives here", file.path))
        .collect()
}

fn names_say_something(tree: &Tree) -> Vec<String> {
    let is_empty = |name: &str| EMPTY_NAMES.iter().any(|empty| name == *empty || name.ends_with(&format!("_{empty}")));
    let mut broken = Vec::new();
    for file in rust_files(tree) {
        for part in file.path.trim_end_matches(".rs").split('/') {
            if is_empty(part) {
                broken.push(format!("{}:1: the name {part} says nothing about what is inside", file.path));
            }
        }
        for (number, line) in code_of(&file.text).lines().enumerate() {
            let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            for pair in words.windows(2) {
                if pair[0] == "mod" && is_empty(pair[1]) {
                    broken.push(format!("{}:{}: the name {} says nothing about what is inside", file.path, number + 1, pair[1]));
                }
            }
        }
    }
    broken
}

fn work_is_finished(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in written_files(tree) {
        for word in UNFINISHED_WORDS {
            for line in lines_with(&file.text, word) {
                broken.push(format!("{}:{line}: {word}: finish it, or write it down where work is planned", file.path));
            }
        }
    }
    broken
}

fn no_tabs(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in rust_files(tree) {
        for (number, line) in file.text.lines().enumerate() {
            if line.contains('\t') {
                broken.push(format!("{}:{}: a tab: indent with spaces, write \\t in strings", file.path, number + 1));
            }
        }
    }
    broken
}

/// Each label of a metric is a literal or goes through `label`, which takes text of the program alone; nothing makes
/// such text while the program runs, and no metric is made without a macro.
fn labels_are_fixed(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for (file, code) in product_code(tree) {
        for (line, value) in METRICS.iter().flat_map(|name| labels(&code, name)) {
            let is_fixed = value.starts_with('"') || value.starts_with("env!(") || value.starts_with("label(");
            if !is_fixed {
                broken.push(format!("{}:{line}: the label {value}: write label({value}), or a literal", file.path));
            }
        }
        for word in BESIDE_LABELS {
            for line in lines_with(&code, word) {
                broken.push(format!("{}:{line}: {word}: labels of metrics are literals or go through label()", file.path));
            }
        }
    }
    broken
}

fn no_foreign_words(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in written_files(tree) {
        for (number, line) in file.text.lines().enumerate() {
            let lower = line.to_lowercase();
            let words = FOREIGN_WORDS.iter().filter(|word| lower.contains(**word));
            let initials = FOREIGN_INITIALS.iter().filter(|word| !lines_with(line, word).is_empty());
            for word in words.chain(initials) {
                broken.push(format!("{}:{}: {word} has no place in this repository", file.path, number + 1));
            }
        }
    }
    broken
}

fn documents_exist(tree: &Tree) -> Vec<String> {
    DOCUMENTS.iter().filter(|path| !tree.has(path)).map(|path| format!("{path}:1: missing")).collect()
}

/// Files and directories in backticks: those with a slash from the root, from `crates/` or inside a crate's
/// `src/` (`app/statuses/post.rs`), Rust files without one anywhere.
fn architecture_names_real_files(tree: &Tree) -> Vec<String> {
    let Some(document) = tree.files.iter().find(|file| file.path == "ARCHITECTURE.md") else { return Vec::new() };
    let mut broken = Vec::new();
    for (number, line) in document.text.lines().enumerate() {
        for name in line.split('`').skip(1).step_by(2).filter(|name| is_file_name(name)) {
            let (krate, rest) = name.split_once('/').unwrap_or(("", name));
            let places = [name.to_string(), format!("crates/{name}"), format!("crates/{krate}/src/{rest}")];
            let anywhere = format!("/{name}");
            let exists =
                places.iter().any(|place| tree.has(place)) || (!name.contains('/') && tree.files.iter().any(|file| file.path.ends_with(&anywhere)));
            if !exists {
                broken.push(format!("ARCHITECTURE.md:{}: there is no {name}", number + 1));
            }
        }
    }
    broken
}

fn is_file_name(name: &str) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let ends = [".rs", ".toml", ".md", ".sql", ".html", ".ftl", ".css", ".js", "/"];
    plain && !name.starts_with('/') && ends.iter().any(|end| name.len() > end.len() && name.ends_with(end))
}

fn scripts_are_executable(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.starts_with("bin/") || file.path == ".ci/run") {
        if !file.is_executable {
            broken.push(format!("{}:1: not executable: chmod +x", file.path));
        }
        if !file.text.starts_with("#!") {
            broken.push(format!("{}:1: begin with #! and the program that runs it", file.path));
        }
    }
    broken
}

fn rust_files(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.files.iter().filter(|file| file.path.ends_with(".rs"))
}

/// What people write, as against lock files.
fn written_files(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.files.iter().filter(|file| !file.path.ends_with(".lock") && !file.path.ends_with("package-lock.json"))
}

/// The crates' Rust files without comments, contents of strings and tests.
fn product_code(tree: &Tree) -> impl Iterator<Item = (&File, String)> {
    rust_files(tree)
        .filter(|file| file.path.starts_with("crates/") && !is_test_file(tree, &file.path))
        .map(|file| (file, without_tests(&code_of(&file.text))))
}

/// `crates/*/Cargo.toml`, each with the name of its directory.
fn manifests(tree: &Tree) -> impl Iterator<Item = (&File, &str)> {
    tree.files.iter().filter_map(|file| {
        let krate = file.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        (!krate.contains('/')).then_some((file, krate))
    })
}

/// Names of the dependencies of a manifest, of all kinds, with their lines. Reads `name = …`, `name.workspace = …`
/// and `[dependencies.name]`; a dependency renamed by `package = "…"` counts as what it is.
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_dependencies = false;
    for (number, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            in_dependencies = section.ends_with("dependencies");
            if let Some((kind, name)) = section.rsplit_once('.')
                && kind.ends_with("dependencies")
            {
                found.push((number + 1, name.to_string()));
            }
            continue;
        }
        if !in_dependencies || line.is_empty() || line.starts_with('#') {
            continue;
        }
        let renamed = line.split_once("package = \"").and_then(|(_, rest)| rest.split('"').next());
        let key = line.split(['.', '=', ' ']).next().unwrap_or_default();
        found.push((number + 1, renamed.unwrap_or(key).trim_matches('"').to_string()));
    }
    found
}
