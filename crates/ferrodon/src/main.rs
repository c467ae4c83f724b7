//! The program: command line, configuration, composition, roles.

mod cli;
mod compose;
mod config;
mod server;

fn main() -> std::process::ExitCode {
    cli::main()
}
