//! Tells the program which commit it is built from: `FERRODON_COMMIT` of the environment, else what git says of this
//! directory. Without either it is not known, and nothing fails.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=FERRODON_COMMIT");
    for file in ["HEAD", "logs/HEAD"] {
        // A file that is not there would have this run at each build.
        if let Some(path) = git(&["rev-parse", "--git-path", file]).filter(|path| Path::new(path).exists()) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    let named = std::env::var("FERRODON_COMMIT").ok().filter(|commit| !commit.is_empty());
    if let Some(commit) = named.or_else(|| git(&["rev-parse", "HEAD"])) {
        println!("cargo:rustc-env=FERRODON_COMMIT={commit}");
    }
}

/// A line of git's, if there is git and it knows this directory.
fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    let line = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!line.is_empty()).then_some(line)
}
