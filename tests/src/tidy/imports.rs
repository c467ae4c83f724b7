//! Imports between the modules of a crate run one way: its rooms form no circle, and no module imports one on a
//! higher floor of `tests/src/tidy/floors.toml`.
//!
//! A room is a module directly below the root of its crate, with all that is in it; those that `floors.toml` splits are
//! a room for each of their children. Only what a user of the program runs counts: tests and testing are left out.

mod paths;
mod samples;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Deserialize;

use super::code::{code_of, is_test_file, without_tests};
use super::tree::{File, Tree};
use paths::{Named, declared, paths};

const FLOORS: &str = "tests/src/tidy/floors.toml";
/// A name that is passed on from module to module more often than this is not followed further.
const REEXPORTS_MAX: usize = 8;

/// What `floors.toml` says of a crate.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Plan {
    /// Left out of the search for circles. Floors hold all the same.
    circles_allowed: bool,
    /// Rooms of which each child is a room of its own.
    split: Vec<String>,
    /// Whether each module directly below the root must stand on a floor.
    complete: bool,
    /// The lowest first.
    floor: Vec<Floor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    name: String,
    /// With all that is below them, but for what is listed by itself.
    modules: Vec<String>,
}

/// That a module names something of another one of its crate.
struct Import<'a> {
    file: &'a File,
    line: usize,
    from: Vec<String>,
    to: Vec<String>,
}

/// The product code of a crate: its directory, and the modules that exist in it.
struct Crate<'a> {
    name: &'a str,
    modules: BTreeMap<Vec<String>, Module<'a>>,
}

struct Module<'a> {
    file: &'a File,
    code: String,
    named: Vec<Named>,
}

#[test]
fn no_rooms_of_a_crate_form_a_circle() {
    super::holds(circles(Tree::here()));
}

#[test]
fn no_module_imports_one_on_a_higher_floor() {
    super::holds(imports_upwards(Tree::here()));
}

/// One line for the shortest circle through each room that is in one.
fn circles(tree: &Tree) -> Vec<String> {
    let plans = match plans(tree) {
        Ok(plans) => plans,
        Err(broken) => return vec![broken],
    };
    let mut broken = Vec::new();
    for krate in crates(tree) {
        let plan = plans.get(krate.name);
        if plan.is_some_and(|plan| plan.circles_allowed) {
            continue;
        }
        let split = plan.map_or(&[][..], |plan| &plan.split);
        let imports = imports(&krate);
        let mut arrows: BTreeMap<String, BTreeMap<String, &Import>> = BTreeMap::new();
        for import in &imports {
            let (from, to) = (room(&krate, split, &import.from), room(&krate, split, &import.to));
            if from != to {
                arrows.entry(from).or_default().entry(to).or_insert(import);
            }
        }
        broken.extend(imports.iter().filter(|import| import.to.is_empty()).map(|import| {
            let Import { file, line, .. } = import;
            format!("{}:{line}: everything the root of {} holds: name what is imported, so that circles are seen", file.path, krate.name)
        }));
        broken.extend(shortest_circles(&arrows).iter().map(|circle| spelled_out(circle, &arrows)));
    }
    broken
}

fn imports_upwards(tree: &Tree) -> Vec<String> {
    let plans = match plans(tree) {
        Ok(plans) => plans,
        Err(broken) => return vec![broken],
    };
    let mut broken = Vec::new();
    let crates = crates(tree);
    for (name, plan) in &plans {
        let Some(krate) = crates.iter().find(|krate| krate.name == name) else {
            broken.push(format!("{FLOORS}:1: there is no crate {name}"));
            continue;
        };
        let mut floors: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for (height, floor) in plan.floor.iter().enumerate() {
            for module in &floor.modules {
                let path: Vec<String> = module.split("::").map(str::to_owned).collect();
                if !krate.modules.keys().any(|known| known.starts_with(&path)) {
                    broken.push(format!("{FLOORS}:1: there is no module {module} in {name}"));
                }
                if floors.insert(path, height).is_some() {
                    broken.push(format!("{FLOORS}:1: {module} of {name} stands on two floors"));
                }
            }
        }
        let unlisted = |path: &&Vec<String>| plan.complete && path.len() == 1 && !floors.contains_key(*path);
        broken.extend(krate.modules.keys().filter(unlisted).map(|path| format!("{FLOORS}:1: {} of {name} stands on no floor", path[0])));
        for Import { file, line, from, to } in imports(krate) {
            if let (Some(low), Some(high)) = (floor_of(&floors, &from), floor_of(&floors, &to))
                && high > low
            {
                broken.push(format!(
                    "{}:{line}: {} (floor {low}, {}) imports {} (floor {high}, {}): move what both need down, or the caller up",
                    file.path,
                    from.join("::"),
                    plan.floor[low].name,
                    to.join("::"),
                    plan.floor[high].name,
                ));
            }
        }
    }
    broken
}

fn plans(tree: &Tree) -> Result<BTreeMap<String, Plan>, String> {
    let Some(file) = tree.files.iter().find(|file| file.path == FLOORS) else { return Ok(BTreeMap::new()) };
    toml::from_str(&file.text).map_err(|error| format!("{FLOORS}:1: {error}"))
}

/// The floor of the module that is listed and lies nearest above the path.
fn floor_of(floors: &BTreeMap<Vec<String>, usize>, path: &[String]) -> Option<usize> {
    (1..=path.len()).rev().find_map(|length| floors.get(&path[..length]).copied())
}

/// The root of a crate is no room: it names them all.
fn room(krate: &Crate, split: &[String], path: &[String]) -> String {
    match path {
        [first, second, ..] if split.contains(first) && krate.modules.contains_key(&path[..2]) => format!("{first}::{second}"),
        [first, ..] => first.clone(),
        [] => String::new(),
    }
}

/// The shortest circle through each room that is in one, each once, the smallest first.
fn shortest_circles(arrows: &BTreeMap<String, BTreeMap<String, &Import>>) -> Vec<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut circles: Vec<Vec<String>> = arrows.keys().filter_map(|room| shortest_circle(room, arrows)).collect();
    circles.sort_by_key(Vec::len);
    circles.retain(|circle| seen.insert(circle.iter().cloned().collect::<BTreeSet<_>>()));
    circles
}

fn shortest_circle(room: &str, arrows: &BTreeMap<String, BTreeMap<String, &Import>>) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut waiting = VecDeque::from([room]);
    while let Some(at) = waiting.pop_front() {
        for next in arrows.get(at).into_iter().flat_map(BTreeMap::keys) {
            if next == room {
                let mut circle = vec![at.to_owned()];
                let mut at = at;
                while at != room {
                    at = came_from[at];
                    circle.push(at.to_owned());
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next.as_str()) {
                came_from.insert(next, at);
                waiting.push_back(next);
            }
        }
    }
    None
}

/// `path:line: a imports b, which closes the circle a -> b -> a; b imports a at path:line`.
fn spelled_out(circle: &[String], arrows: &BTreeMap<String, BTreeMap<String, &Import>>) -> String {
    let pair = |at: usize| (&circle[at], &circle[(at + 1) % circle.len()]);
    let place = |(from, to): (&String, &String)| {
        let Import { file, line, .. } = arrows[from][to];
        format!("{}:{line}", file.path)
    };
    let others: Vec<String> = (1..circle.len()).map(|at| format!("{} imports {} at {}", pair(at).0, pair(at).1, place(pair(at)))).collect();
    let (from, to) = pair(0);
    format!("{}: {from} imports {to}, which closes the circle {} -> {from}; {}", place(pair(0)), circle.join(" -> "), others.join(", "))
}

/// All imports of the modules but those of the root, each with what is really meant: what the root, or a room on the way,
/// passes on by `pub use` is followed to where it lives.
fn imports<'a>(krate: &Crate<'a>) -> Vec<Import<'a>> {
    let mut imports = Vec::new();
    for (from, module) in krate.modules.iter().filter(|(from, _)| !from.is_empty()) {
        for Named { line, path, .. } in &module.named {
            let to = origin(krate, path);
            let is_glob_of_root = path.as_slice() == ["*"] || path.is_empty();
            if is_glob_of_root || to.first().is_some_and(|first| krate.modules.contains_key(std::slice::from_ref(first))) {
                let to = if is_glob_of_root { Vec::new() } else { to };
                imports.push(Import { file: module.file, line: *line, from: from.clone(), to });
            }
        }
    }
    imports
}

/// Follows what the root of the crate passes on: `crate::Db` to `crate::db::Db`.
fn origin(krate: &Crate, path: &[String]) -> Vec<String> {
    let mut path = path.to_vec();
    for _ in 0..REEXPORTS_MAX {
        let Some(first) = path.first() else { break };
        if krate.modules.contains_key(&path[..1]) {
            break;
        }
        let Some(root) = krate.modules.get(&[][..]) else { break };
        let by_name = root.named.iter().find(|named| named.is_use && named.alias.as_ref().or(named.path.last()) == Some(first));
        let by_glob = || {
            let globs = root.named.iter().filter(|named| named.path.len() > 1 && named.path.ends_with(&["*".to_owned()]));
            globs.map(|named| &named.path[..named.path.len() - 1]).find(|path| declares(krate, path, first))
        };
        // A macro is at the root of the crate, wherever it is written.
        let by_macro = || krate.modules.iter().find(|(at, module)| !at.is_empty() && module.code.contains(&format!("macro_rules! {first} ")));
        let before = match by_name {
            Some(named) => named.path.clone(),
            None => match by_glob() {
                Some(module) => [module, &path[..1]].concat(),
                None => match by_macro() {
                    Some((module, _)) => [module, &path[..1]].concat(),
                    None => break,
                },
            },
        };
        path = [before, path[1..].to_vec()].concat();
    }
    path
}

fn declares(krate: &Crate, module: &[String], name: &str) -> bool {
    krate.modules.get(module).is_some_and(|module| {
        declared(&module.code).iter().any(|found| found == name)
            || module.named.iter().any(|named| named.is_use && named.alias.as_deref().or(named.path.last().map(String::as_str)) == Some(name))
    })
}

/// Every directory with a `Cargo.toml` and a `src`.
fn crates(tree: &Tree) -> Vec<Crate<'_>> {
    let roots = tree.files.iter().filter_map(|file| file.path.strip_suffix("/Cargo.toml")).filter(|root| tree.has(&format!("{root}/src")));
    roots.map(|root| krate(tree, root)).collect()
}

fn krate<'a>(tree: &'a Tree, root: &'a str) -> Crate<'a> {
    let src = format!("{root}/src/");
    // A crate of tests is all product.
    let is_all_tests = root == "tests";
    let mut modules = BTreeMap::new();
    let placed: Vec<(String, Vec<String>)> =
        tree.files.iter().filter_map(|file| Some((file.path.strip_prefix(&src)?, file))).flat_map(placed).collect();
    for file in &tree.files {
        let Some(inside) = file.path.strip_prefix(&src).and_then(|path| path.strip_suffix(".rs")) else { continue };
        if !is_all_tests && is_test_file(tree, &file.path) {
            continue;
        }
        let path = placed.iter().find_map(|(place, at)| Some([at, &path_of(inside.strip_prefix(place.as_str())?)[..]].concat()));
        let path = path.unwrap_or_else(|| path_of(inside));
        let code = code_of(&file.text);
        let code = if is_all_tests { code } else { without_tests(&code) };
        modules.insert(path, Module { file, code, named: Vec::new() });
    }
    let known: BTreeSet<Vec<String>> = modules.keys().cloned().collect();
    let is_child = |module: &[String], name: &str| known.contains(&[module, &[name.to_owned()]].concat());
    for (path, module) in &mut modules {
        module.named = paths(&module.code, path, &is_child);
    }
    Crate { name: root.rsplit('/').next().unwrap_or(root), modules }
}

/// The module that a file is by its path inside of `src`, without its ending.
fn path_of(inside: &str) -> Vec<String> {
    let mut path: Vec<String> = inside.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if path.last().is_some_and(|name| name == "mod") || ["lib", "main"].contains(&inside) {
        path.pop();
    }
    path
}

/// Where files of `#[path = "…"] mod name` are, inside of `src`, and which modules they are.
fn placed((inside, file): (&str, &File)) -> Vec<(String, Vec<String>)> {
    let directory = inside.rsplit_once('/').map_or(String::new(), |(directory, _)| format!("{directory}/"));
    let module = path_of(inside.trim_end_matches(".rs"));
    let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
    let declared = lines.windows(2).filter_map(|pair| {
        let place = pair[0].strip_prefix("#[path = \"")?.strip_suffix("\"]")?.trim_end_matches(".rs");
        let (_, name) = pair[1].split_once("mod ")?;
        let name = name.trim_end_matches(['{', ';', ' ']).to_owned();
        Some((format!("{directory}{place}"), [&module[..], &[name]].concat()))
    });
    declared.collect()
}
