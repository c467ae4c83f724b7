//! Which servers we speak with: rules in memory, asked for every delivery and every picture, and the verbs that
//! change them. What a rule does to the accounts it concerns is done by [`crate::queue::ApplyDomainRule`].

mod edit;
mod rules;
mod show;

pub use crate::cache::domains::{Domains, RULES_MAX, Rule};
pub use edit::{Block, Severity, allow, block, disallow, unblock};
pub use rules::*;
pub use show::{Host, List, Public, Shown, list, public, show};
