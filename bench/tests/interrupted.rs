//! A run that is interrupted leaves no process and no directory. The server here is a stand-in that never answers, so
//! that the run waits for it when the signal comes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

const LIMIT: Duration = Duration::from_secs(20);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);

#[test]
fn after_ctrl_c_nothing_is_left() {
    leaves_nothing(Signal::INT);
}

#[test]
fn after_sigterm_nothing_is_left() {
    leaves_nothing(Signal::TERM);
}

fn leaves_nothing(signal: Signal) {
    let dir = tempfile::tempdir().unwrap();
    let (binary, told, data) = (dir.path().join("server"), dir.path().join("pid"), dir.path().join("data"));
    fs::create_dir(&data).unwrap();
    fs::write(&binary, format!("#!/bin/sh\necho $$ >'{0}.new'\nmv '{0}.new' '{0}'\nexec sleep 300\n", told.display())).unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_ferrodon-bench"))
        .args(["run", "--quick", "--bin"])
        .args([&binary, Path::new("--dir"), &data])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the server was started", || told.exists());
    let server = Pid::from_raw(fs::read_to_string(&told).unwrap().trim().parse().unwrap()).unwrap();
    assert!(fs::read_dir(&data).unwrap().next().is_some(), "a server has a directory");

    kill_process(Pid::from_child(&run), signal).unwrap();
    assert!(!ended(&mut run).success());
    assert!(test_kill_process(server).is_err(), "the server still runs");
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "its directory is still there");
}

fn ended(run: &mut Child) -> std::process::ExitStatus {
    let mut status = None;
    wait_until("the run ended", || {
        status = run.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}

fn wait_until(what: &str, mut happened: impl FnMut() -> bool) {
    let asked = Instant::now();
    while !happened() {
        assert!(asked.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
        std::thread::sleep(LOOK_AGAIN_AFTER);
    }
}
