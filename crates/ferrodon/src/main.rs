//! The program: command line, configuration, composition, roles.

mod cli;
mod compose;
mod config;
mod memory;
mod server;

fn main() -> std::process::ExitCode {
    memory::keep_little();
    cli::main()
}
