//! Which servers we speak with.

use crate::App;

/// What is decided about a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Nothing of it is taken, nothing sent to it.
    pub suspended: bool,
    /// Its accounts are limited.
    pub silenced: bool,
    pub reject_media: bool,
    pub reject_reports: bool,
}

/// The rule for a domain: that of the longest suffix that has one, in memory.
pub fn rule(app: &App, domain: &str) -> Rule {
    let _ = (app, domain);
    Rule::default()
}
