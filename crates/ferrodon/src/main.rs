//! The program: command line, configuration, composition, roles.

mod cli;
mod compose;
mod config;
mod server;

/// Gives memory back after large uploads and long runs, where the C library's own keeps it, and is faster.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
