//! The operator's configuration: one TOML file, environment, `*_file` secrets, flags, in rising order.
//!
//! Each section is a struct whose doc comments are the documentation: `ferrodon config reference`
//! prints them, and `docs/configuration.md` is that print.

mod check;
mod keys;
mod origin;
mod read;
mod reference;
mod section;
mod show;

pub use check::{check, is_public};
pub use keys::Config;
pub use origin::Origin;
pub use read::{Loaded, Sources, check_mode, load};
pub use reference::reference;
pub use show::show;

/// What is wrong with the configuration; the text says where and what to do.
#[derive(Debug)]
pub struct ConfigError(pub String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}
