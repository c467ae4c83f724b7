//! What activities of others do. To add a kind: its file here, its line in [`receive`].

use serde_json::Value;
use store::AccountId;
use store::accounts::Account;

use super::resolve::Budget;
use crate::{App, Result};

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

/// What became of an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Done,
    /// Nothing is done, now or later, for this reason.
    Dropped(&'static str),
    /// Another server did not answer; another time.
    Later(String),
}

/// Does what an activity says, at most once and as often as it comes.
pub async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let _ = (app, inbound);
    Ok(Verdict::Dropped("unknown type"))
}
