//! Where a value comes from.

/// The source of a value, for `config show` and for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    /// File and line.
    File(String, usize),
    Environment(String),
    /// A file that holds a secret.
    SecretFile(String),
    Flag(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(file, line) => write!(f, "{file}:{line}"),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::SecretFile(file) => write!(f, "secret file {file}"),
            Origin::Flag(name) => write!(f, "flag {name}"),
        }
    }
}
