//! The program: command line, configuration, composition, roles.

mod cli;
mod command;
mod compose;
mod config;
mod memory;
mod permissions;
mod server;

fn main() -> std::process::ExitCode {
    permissions::set_umask();
    memory::keep_little();
    cli::main()
}
