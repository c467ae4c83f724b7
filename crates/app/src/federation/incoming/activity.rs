//! An activity of another server, and what became of it.

use serde_json::Value;
use store::AccountId;
use store::accounts::Account;
use wire::activity::document;

use crate::federation::budget::Budget;

/// An activity whose sender is verified.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// The activity as received. Its `actor` is `actor`'s URI.
    pub activity: Value,
    pub actor: Account,
    /// Whose inbox it came to; `None` for the shared one.
    pub to: Option<AccountId>,
    pub budget: Budget,
}

impl Inbound {
    /// The activity's own id, if it has one.
    pub fn id(&self) -> Option<&str> {
        document::text(&self.activity, "id").filter(|id| !id.is_empty())
    }
}

/// What became of an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Done,
    /// Nothing is done, now or later, for this reason.
    Dropped(&'static str),
    /// Another server did not answer; another time.
    Later(String),
}
