//! Each rule on a small sample that keeps it and on one that breaks it, so that no rule passes by being blind.

use super::code::{code_of, is_test_file, lines_with, without_tests};
use super::tree::{File, Tree};
use super::*;

fn tree(files: &[(&str, &str)]) -> Tree {
    let file = |(path, text): &(&str, &str)| File { path: path.to_string(), text: text.to_string(), is_executable: false };
    Tree { files: files.iter().map(file).collect() }
}

/// The rule accepts the clean file and finds exactly these `path:line`s in the broken ones.
fn check(rule: impl Fn(&Tree) -> Vec<String>, clean: &[(&str, &str)], broken: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(rule(&tree(clean)), Vec::<String>::new(), "the clean sample");
    let places: Vec<String> = rule(&tree(broken)).iter().map(|line| line.splitn(3, ':').take(2).collect::<Vec<_>>().join(":")).collect();
    assert_eq!(places, expected);
}

#[test]
fn an_import_upwards_or_sideways_is_found() {
    let clean = "[package]\nname = \"app\"\n[dependencies]\nwire.workspace = true\nstore = { workspace = true }\nurl = \"2\"\n";
    let broken =
        "[dependencies]\nweb.workspace = true\n[dev-dependencies]\nferrodon = { path = \"../ferrodon\" }\n[target.'cfg(unix)'.dependencies.web]\n";
    let path = "crates/app/Cargo.toml";
    check(
        imports_point_down,
        &[(path, clean), ("tests/Cargo.toml", broken)],
        &[(path, broken), ("crates/wire/Cargo.toml", "[dependencies]\ntext.workspace = true\n"), ("crates/extra/Cargo.toml", "")],
        &["crates/app/Cargo.toml:2", "crates/app/Cargo.toml:4", "crates/app/Cargo.toml:5", "crates/wire/Cargo.toml:2", "crates/extra/Cargo.toml:1"],
    );
}

#[test]
fn a_driver_among_the_dependencies_of_another_crate_is_found() {
    let manifest = "[dependencies]\nrusqlite.workspace = true\ntokio-postgres = \"0.7\"\n";
    let renamed = "[dependencies]\nserde = \"1\"\nfast = { package = \"axum\", version = \"0.8\" }\n";
    check(
        placed_dependencies_stay,
        &[("crates/store/Cargo.toml", manifest), ("tests/Cargo.toml", manifest), ("crates/web/Cargo.toml", renamed)],
        &[("crates/app/Cargo.toml", manifest), ("crates/ferrodon/Cargo.toml", renamed)],
        &["crates/app/Cargo.toml:2", "crates/app/Cargo.toml:3", "crates/ferrodon/Cargo.toml:3"],
    );
}

#[test]
fn sql_drivers_and_the_environment_are_found_in_code_but_not_in_prose_or_tests() {
    let naming = "use rusqlite::Row;\nfn f() { sql!(\"SELECT 1\"); }\nuse std::{env, fs};\nfn g() { env::var(\"A\"); }\n";
    let harmless = concat!(
        "//! rusqlite, std::env and sql! are named in prose.\n",
        "const A: &str = \"use std::env::var; sql!(\";\n",
        "const B: &str = r#\"rusqlite \"quoted\" axum\"#;\n",
        "const C: char = '\"'; // axum\n",
        "fn my_env::x<'a>() {} /* rusqlite /* nested */ axum */\n",
        "const V: &str = env!(\"CARGO_PKG_VERSION\");\n",
        "#[cfg(test)]\nmod tests { fn f() { std::env::var(\"A\"); } }\n",
    );
    let rule = |tree: &Tree| placed_words_stay(tree, &PLACED);
    check(
        rule,
        &[
            ("crates/app/src/a.rs", harmless),
            ("crates/app/src/testing/world.rs", naming),
            ("crates/store/src/a.rs", "use rusqlite::Row; fn f() { sql!(\"SELECT 1\") }"),
            ("bench/src/main.rs", naming),
            ("tests/src/lib.rs", naming),
        ],
        &[("crates/app/src/a.rs", naming), ("crates/app/src/b.rs", "#[cfg(test)]\nmod t {}\nuse axum::Router;\n")],
        &["crates/app/src/a.rs:1", "crates/app/src/a.rs:2", "crates/app/src/a.rs:4", "crates/app/src/b.rs:3"],
    );
}

#[test]
fn a_clock_or_a_die_of_ones_own_is_found() {
    let asking = "fn f() { Timestamp::now(); }\nfn g() { let t = std::time::Instant::now(); }\nfn h() { rand::rng() }\n";
    check(
        |tree| placed_words_stay(tree, &CLOCKS),
        &[("crates/app/src/clock.rs", asking), ("crates/app/src/a.rs", "fn f(app: &App) { app.now(); }")],
        &[("crates/app/src/a.rs", asking)],
        &["crates/app/src/a.rs:1", "crates/app/src/a.rs:2", "crates/app/src/a.rs:3"],
    );
}

#[test]
fn io_in_a_pure_crate_is_found() {
    let impure = "use std::fs::File;\nuse std::{fs, net};\nfn f() { fs::read(\"a\"); }\nstruct A(Instant);\nfn g() { println!(\"a\") }\n";
    check(
        pure_crates_are_pure,
        &[("crates/wire/src/a.rs", "use std::fmt;\nstruct Instantly(jiff::Timestamp);\n"), ("crates/app/src/a.rs", impure)],
        &[("crates/text/src/a.rs", impure)],
        &["crates/text/src/a.rs:1", "crates/text/src/a.rs:3", "crates/text/src/a.rs:1", "crates/text/src/a.rs:4", "crates/text/src/a.rs:5"],
    );
}

#[test]
fn long_headless_ill_named_unfinished_and_tabbed_files_are_found() {
    let header = "//! What lives here.\n";
    let long = format!("{header}{}", "\n".repeat(RUST_FILE_LINES_MAX));
    let full = format!("{header}{}", "\n".repeat(RUST_FILE_LINES_MAX - 1));
    check(files_are_short, &[("crates/app/src/a.rs", &full)], &[("crates/app/src/a.rs", &long)], &["crates/app/src/a.rs:1"]);

    let headless = "use std::fmt;\n//! Too late.\n";
    check(files_have_headers, &[("crates/a/src/lib.rs", header)], &[("crates/a/src/lib.rs", headless)], &["crates/a/src/lib.rs:1"]);

    check(
        names_say_something,
        &[("crates/app/src/manage.rs", "mod helpful;\n// mod utils;\n"), ("docs/common/misc.md", "")],
        &[("crates/app/src/utils/a.rs", ""), ("bench/src/job_manager.rs", "\nmod helpers {}\n")],
        &["crates/app/src/utils/a.rs:1", "bench/src/job_manager.rs:1", "bench/src/job_manager.rs:2"],
    );

    let unfinished = format!("fn f() {{ {}() }}\n// {}: later\n\n{}\n", UNFINISHED_WORDS[0], UNFINISHED_WORDS[1], UNFINISHED_WORDS[2]);
    check(work_is_finished, &[("a.md", "mktemp XXXXXX")], &[("a.rs", &unfinished)], &["a.rs:1", "a.rs:2", "a.rs:4"]);

    check(no_tabs, &[("a.rs", "\"\\t\"\n"), ("a.tsv", "a\tb")], &[("a.rs", "{\n\tf();\n}\n")], &["a.rs:2"]);
}

#[test]
fn a_foreign_word_is_found_in_any_case() {
    let text = format!("# Fine\nsee {}/x\nby {}\nan {} said\n", FOREIGN_WORDS[1], FOREIGN_WORDS[3].to_uppercase(), FOREIGN_INITIALS[0]);
    let initials_within = format!("HE{}ET", FOREIGN_INITIALS[0]);
    check(
        no_foreign_words,
        &[("README.md", &initials_within), ("Cargo.lock", &text)],
        &[("README.md", &text)],
        &["README.md:2", "README.md:3", "README.md:4"],
    );
}

#[test]
fn a_missing_document_is_found() {
    let all = DOCUMENTS.map(|path| (path, ""));
    check(documents_exist, &all, &all[1..], &["README.md:1"]);
}

#[test]
fn a_file_that_architecture_invents_is_found() {
    let files = [("crates/app/src/clock.rs", ""), ("bin/test", ""), ("docs/schema.md", "")];
    let text =
        "`app/clock.rs` `crates/app/src/` `clock.rs` `docs/schema.md`\n`GET /api/v1/x.rs` `text/html` `store::db` `/etc/x.toml` `a/{b,c}.rs`\n";
    let wrong = "\n`app/clocks.rs` and `clock.rs`\n`nowhere.rs` `docs/none/`\n";
    let with = |text| [&files[..], &[("ARCHITECTURE.md", text)]].concat();
    check(architecture_names_real_files, &with(text), &with(wrong), &["ARCHITECTURE.md:2", "ARCHITECTURE.md:3", "ARCHITECTURE.md:3"]);
}

#[test]
fn a_script_that_cannot_run_is_found() {
    let mut runnable = tree(&[("bin/dev", "#!/usr/bin/env bash\n"), ("docs/dev", "")]);
    runnable.files[0].is_executable = true;
    assert_eq!(scripts_are_executable(&runnable), Vec::<String>::new());
    check(scripts_are_executable, &[], &[("bin/dev", "echo"), (".ci/run", "#!/bin/sh")], &["bin/dev:1", "bin/dev:1", ".ci/run:1"]);
}

#[test]
fn comments_strings_and_characters_are_blanked_and_lines_kept() {
    for (text, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */\n d */ e", "a             \n      e"),
        (r#"a("b \" c", d)"#, r#"a("      ", d)"#),
        ("r\"b\" + br##\"c\"# d\"## + e", "r\"   + br##\"         + e"),
        ("fn f<'a>(c: &'a str) { '\\'' ; 'ü' ; '\"' }", "fn f<'a>(c: &'a str) { '  ' ; '  ' ; ' ' }"),
    ] {
        assert_eq!(code_of(text), expected);
    }
}

#[test]
fn what_only_tests_see_is_blanked() {
    for (code, expected) in [
        ("#[cfg(test)] mod tests { a { b } } c", "c"),
        ("#[cfg(test)]\nmod conformance;\nc", "c"),
        ("#[tokio::test(flavor = x)] async fn t() { b } c", "c"),
        ("#[cfg(test)] #[allow(x)] fn t(a: [u8; 2]) { b } c", "c"),
        ("#[cfg(not(test))] fn f() {}", "#[cfg(not(test))] fn f() {}"),
        ("#[cfg_attr(test, derive(A))] struct S;", "#[cfg_attr(test, derive(A))] struct S;"),
        ("#![cfg(test)]\nfn t() {}", ""),
    ] {
        assert_eq!(without_tests(code).trim(), expected, "{code}");
    }
}

#[test]
fn test_files_are_known_by_name_or_by_declaration() {
    let tree =
        tree(&[("crates/store/src/lib.rs", "#[cfg(test)]\nmod conformance;\npub mod db;\n"), ("crates/store/src/db.rs", "#[cfg(test)] mod traps;")]);
    for (path, expected) in [
        ("crates/store/src/conformance.rs", true),
        ("crates/store/src/conformance/pages.rs", true),
        ("crates/store/src/db/traps.rs", true),
        ("crates/text/src/links/tests.rs", true),
        ("crates/app/src/testing/world.rs", true),
        ("crates/store/src/db.rs", false),
        ("crates/store/src/statuses.rs", false),
    ] {
        assert_eq!(is_test_file(&tree, path), expected, "{path}");
    }
}

#[test]
fn a_word_is_not_found_inside_a_longer_one() {
    assert_eq!(lines_with("env::var\nmy_env::var\nstd::env::var", "env::"), [1, 3]);
    assert_eq!(lines_with("Instant\nInstantly", "Instant"), [1]);
    assert_eq!(lines_with("format_sql!(\nsql!(", "sql!"), [2]);
}

#[test]
fn a_label_that_is_made_while_running_is_found() {
    let fixed = concat!(
        "fn f(kind: &'static str) {\n",
        "    metrics::counter!(\"a_total\", \"kind\" => label(kind), \"to\" => \"all\").increment(1);\n",
        "    metrics::gauge!(\"b\", \"version\" => env!(\"V\")).set(match kind { \"x\" => 1.0, _ => 2.0 });\n",
        "    metrics::histogram!(\"c\").record(1.0);\n}\n",
    );
    let made = concat!(
        "fn f(host: String) {\n",
        "    metrics::counter!(\"a_total\", \"host\" => host.clone(), \"to\" => \"all\").increment(1);\n",
        "    gauge!(\"b\", \"of\" => format!(\"{host}\", 1)).set(1.0);\n",
        "    metrics::histogram!(\n        \"c\",\n        \"method\" => method,\n    )\n    .record(1.0);\n",
        "    label(host.leak());\n}\n",
    );
    check(
        labels_are_fixed,
        &[("crates/app/src/a.rs", fixed), ("crates/app/src/tests/b.rs", made), ("bench/src/main.rs", made)],
        &[("crates/app/src/a.rs", made)],
        &["crates/app/src/a.rs:2", "crates/app/src/a.rs:3", "crates/app/src/a.rs:6", "crates/app/src/a.rs:9"],
    );
}
