//! Small crates whose imports run one way, and some whose imports do not.

use super::*;

fn tree(files: &[(&str, &str)]) -> Tree {
    let manifest = File { path: "crates/a/Cargo.toml".to_owned(), text: String::new(), is_executable: false };
    let file = |(path, text): &(&str, &str)| {
        let path = if path.ends_with(".toml") { (*path).to_owned() } else { format!("crates/a/src/{path}") };
        File { path, text: (*text).to_owned(), is_executable: false }
    };
    Tree { files: std::iter::once(manifest).chain(files.iter().map(file)).collect() }
}

fn check(rule: fn(&Tree) -> Vec<String>, files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(rule(&tree(files)), expected);
}

#[test]
fn imports_that_run_one_way_are_no_circle() {
    let files = [
        ("lib.rs", "pub mod low;\npub mod middle;\npub mod top;\npub use top::Top;\nuse low::Low;"),
        ("low.rs", "pub struct Low;\nmod inner { use super::Low; }\n// use crate::top::Top;\nconst A: &str = \"crate::top::Top\";"),
        (
            "middle/mod.rs",
            "mod part;\nuse part::Part;\npub(in crate::top) struct Middle(crate::low::Low);\n#[cfg(test)]\nmod tests { use crate::top; }",
        ),
        ("middle/part.rs", "use super::Middle;\nuse crate::low;\nuse std::{fmt, io};\nfn f() { io::stdin(); }"),
        ("middle/tests.rs", "use crate::top::Top;"),
        ("top.rs", "use crate::{low::Low, middle};\npub(super) fn f() { middle::f() }"),
        ("testing/mod.rs", "use crate::top::Top;"),
    ];
    check(circles, &files, &[]);
}

#[test]
fn a_circle_of_two_is_found_however_it_is_written() {
    let one = "crates/a/src/one.rs";
    for (text, line) in [
        ("use crate::two::Two;", 1),
        ("\nuse super::two;", 2),
        ("use crate::{three::{self, X}, \n two::{A, b::C as D}};", 2),
        ("pub use crate::two::*;", 1),
        ("fn f() -> crate::two::Two { }", 1),
        ("fn f() {\n super::two::f() }", 2),
        ("mod inner {\n use super::super::two; }", 2),
        ("mod inner {\n mod innermost {} fn f() { super::super::two::f() } }", 2),
        ("macro_rules! m { () => { $crate::two::f() } }", 1),
        ("use crate::Two;", 1),
        ("use crate::Other;", 1),
        ("use crate::Listed;", 1),
        ("fn f() { crate::written!() }", 1),
        ("#[cfg(test)] mod tests { }\nuse crate::two;", 2),
        ("#[cfg(not(test))]\nuse crate::r#two;", 2),
    ] {
        let files = [
            ("lib.rs", "mod one; mod two; mod three; pub use two::{Two, Another as Other}; pub use self::two::*;"),
            ("one.rs", text),
            ("two.rs", "use crate::one;\npub struct Listed;\nmacro_rules! written { () => {} }"),
            ("three.rs", ""),
        ];
        let expected = format!("{one}:{line}: one imports two, which closes the circle one -> two -> one; two imports one at crates/a/src/two.rs:1");
        assert_eq!(circles(&tree(&files)), [expected], "{text}");
    }
}

#[test]
fn a_circle_of_three_is_found() {
    let files = [
        ("main.rs", "mod a;\nmod b;\nmod c;\nmod d;"),
        ("a/mod.rs", "mod part;"),
        ("a/part.rs", "\nuse crate::b::B;"),
        ("b.rs", "use super::c::f;\nuse crate::d;"),
        ("c/mod.rs", "mod part;"),
        ("c/part.rs", "fn f() { super::super::a::f() }"),
        ("d.rs", ""),
    ];
    check(
        circles,
        &files,
        &["crates/a/src/a/part.rs:2: a imports b, which closes the circle a -> b -> c -> a; \
           b imports c at crates/a/src/b.rs:1, c imports a at crates/a/src/c/part.rs:1"],
    );
}

#[test]
fn files_that_lie_elsewhere_belong_to_the_room_that_declares_them() {
    let files = [
        ("lib.rs", "mod routes; mod shared;"),
        ("routes.rs", "#[path = \"pages\"]\npub mod shown {\n    pub mod home;\n}\n#[path = \"other.rs\"]\nmod renamed;"),
        ("pages/home.rs", "use crate::shared;"),
        ("other.rs", "\nuse crate::shared;"),
        ("shared.rs", "use crate::routes::shown::home;"),
    ];
    check(
        circles,
        &files,
        &["crates/a/src/other.rs:2: routes imports shared, which closes the circle routes -> shared -> routes; \
           shared imports routes at crates/a/src/shared.rs:1"],
    );
}

#[test]
fn what_hides_imports_is_found() {
    for text in ["use crate::*;", "use super::*;", "use crate as all;", "use crate::{self as all};"] {
        let found = circles(&tree(&[("lib.rs", "mod a;"), ("a.rs", text)]));
        assert_eq!(found, ["crates/a/src/a.rs:1: everything the root of a holds: name what is imported, so that circles are seen"], "{text}");
    }
}

#[test]
fn children_of_a_split_room_are_rooms() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod high;\nmod low;\nuse low::Low;"),
        ("a/high.rs", "use super::Low;\nuse super::low;"),
        ("a/low.rs", "use super::high::High;"),
        ("b.rs", ""),
    ];
    check(circles, &files, &[]);
    let split = [&files[..], &[(FLOORS, "[a]\nsplit = [\"a\"]")]].concat();
    let found = circles(&tree(&split));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("a::high -> a::low -> a::high"), "{found:?}");
    assert!(found[1].contains("a -> a::low -> a::high -> a"), "{found:?}");
    let allowed = [&files[..], &[(FLOORS, "[a]\ncircles_allowed = true\nsplit = [\"a\"]")]].concat();
    check(circles, &allowed, &[]);
}

#[test]
fn an_import_of_a_higher_floor_is_found() {
    let floors = "[a]\n[[a.floor]]\nname = \"ground\"\nmodules = [\"low\"]\n\
                  [[a.floor]]\nname = \"verbs\"\nmodules = [\"middle\", \"low::high\"]\n[[a.floor]]\nname = \"roof\"\nmodules = [\"top\"]\n";
    let files = [
        (FLOORS, floors),
        ("lib.rs", "mod low; mod middle; mod top; mod free; pub use top::Top;"),
        ("low/mod.rs", "mod high;\nmod plain;\nuse high::High;\nuse crate::free;"),
        ("low/high.rs", "use crate::middle;\nuse crate::low;\nuse super::plain;"),
        ("low/plain.rs", "use super::super::middle::part;"),
        ("middle.rs", "use crate::low::high;\nfn f() -> crate::Top {}"),
        ("top.rs", "use crate::{low, middle};"),
        ("free.rs", "use crate::top;"),
    ];
    let end = "move what both need down, or the caller up";
    check(
        imports_upwards,
        &files,
        &[
            &format!("crates/a/src/low/mod.rs:3: low (floor 0, ground) imports low::high::High (floor 1, verbs): {end}"),
            &format!("crates/a/src/low/plain.rs:1: low::plain (floor 0, ground) imports middle::part (floor 1, verbs): {end}"),
            &format!("crates/a/src/middle.rs:2: middle (floor 1, verbs) imports top::Top (floor 2, roof): {end}"),
        ],
    );
}

#[test]
fn floors_name_modules_that_exist_once() {
    let floors = "[a]\ncomplete = true\n[[a.floor]]\nname = \"ground\"\nmodules = [\"low\", \"gone\", \"part\"]\n\
                  [[a.floor]]\nname = \"roof\"\nmodules = [\"low\"]\n[b]\n";
    check(
        imports_upwards,
        &[(FLOORS, floors), ("lib.rs", ""), ("low.rs", ""), ("new.rs", ""), ("part/inner.rs", "")],
        &[
            &format!("{FLOORS}:1: there is no module gone in a"),
            &format!("{FLOORS}:1: low of a stands on two floors"),
            &format!("{FLOORS}:1: new of a stands on no floor"),
            &format!("{FLOORS}:1: there is no crate b"),
        ],
    );
    let found = imports_upwards(&tree(&[(FLOORS, "[a]\nflor = []")]));
    assert!(found.len() == 1 && found[0].contains("unknown field"), "{found:?}");
}
