//! Clients that people use, doing what people do: sign in through the pages, post a picture, answer,
//! boost, and see it come in live. The scenarios are programs of their own, in `clients/`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;

use crate::pictures;
use crate::server::{Server, on_both_engines};

const SCENARIO_LIMIT: Duration = Duration::from_secs(180);

on_both_engines![
    mastodon_py_does_the_whole_journey,
    mastodon_py_does_all_the_rest,
    toot_does_the_whole_journey,
    toot_does_all_the_rest,
    masto_js_does_the_whole_journey,
    masto_js_does_all_the_rest,
    web_clients_find_all_that_they_ask_for
];

async fn mastodon_py_does_the_whole_journey(server: Server) {
    run_scenario(&server, python("mastodon_py.py")).await;
}

async fn mastodon_py_does_all_the_rest(server: Server) {
    run_scenario(&server, python("mastodon_py_tour.py")).await;
}

async fn toot_does_all_the_rest(server: Server) {
    run_scenario(&server, python("toot_tour.py")).await;
}

async fn masto_js_does_all_the_rest(server: Server) {
    run_scenario(&server, node("masto_js_tour.mjs")).await;
}

async fn web_clients_find_all_that_they_ask_for(server: Server) {
    run_scenario(&server, node("client_start.mjs")).await;
}

async fn toot_does_the_whole_journey(server: Server) {
    run_scenario(&server, python("toot_cli.py")).await;
}

async fn masto_js_does_the_whole_journey(server: Server) {
    run_scenario(&server, node("masto_js.mjs")).await;
}

/// Runs a scenario to its end against `server`, where alice and bob have accounts.
async fn run_scenario(server: &Server, command: Command) {
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let mut command = command;
    for person in [&alice, &bob] {
        let name = person.name.to_uppercase();
        command.env(format!("{name}_EMAIL"), &person.email).env(format!("{name}_PASSWORD"), &person.password);
    }
    run(server, command).await;
    server.assert_never_panicked();
}

/// Runs a program of `clients/`; panics with all it said unless it ends with 0 within its limit.
pub async fn run(server: &Server, mut command: Command) {
    let home = server.scratch_dir().join("home");
    fs::create_dir_all(&home).expect("a home directory");
    let picture = server.scratch_dir().join("picture.png");
    fs::write(&picture, pictures::png(7, 240, 160)).expect("a picture");
    command.env("FERRODON_URL", &server.url).env("FERRODON_PICTURE", &picture).env("HOME", &home);
    command.env("XDG_CONFIG_HOME", home.join(".config")).env("NO_PROXY", "*").env("PYTHONUNBUFFERED", "1").env("PYTHONDONTWRITEBYTECODE", "1");

    // To a file, so that what it said before it hung is not lost.
    let log = server.scratch_dir().join("client.log");
    let writer = fs::File::create(&log).expect("a log");
    command.stdout(writer.try_clone().expect("the log again")).stderr(writer).kill_on_drop(true).process_group(0);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let group = child.id().and_then(|id| Pid::from_raw(id as i32)).expect("a running child");
    let ended = tokio::time::timeout(SCENARIO_LIMIT, child.wait()).await;
    // What it started, as a browser, goes with it; there is nothing to kill when all went well.
    let _ = kill_process_group(group, Signal::KILL);

    let said = fs::read_to_string(&log).unwrap_or_default();
    match ended {
        Ok(status) => assert!(status.as_ref().is_ok_and(|status| status.success()), "{status:?}\n{said}"),
        Err(_) => panic!("the scenario did not end within {SCENARIO_LIMIT:?}; it said:\n{said}"),
    }
}

/// A program of `clients/python` in the environment that has the clients.
pub fn python(program: &str) -> Command {
    let mut command = Command::new(wanted("FERRODON_CLIENTS_PYTHON"));
    command.arg(clients().join("python").join(program));
    command
}

fn node(program: &str) -> Command {
    let mut command = Command::new(wanted("FERRODON_CLIENTS_NODE"));
    // Without it, the modules are those beside the program.
    if let Some(modules) = std::env::var_os("FERRODON_CLIENTS_NODE_MODULES") {
        command.env("FERRODON_CLIENTS_NODE_MODULES", modules);
    }
    command.arg(clients().join("node").join(program));
    command
}

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

pub fn wanted(name: &str) -> OsString {
    std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set: run bin/test, which installs the clients"))
}
