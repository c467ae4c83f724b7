//! Actors of other servers: from document to account.

use serde_json::Value;
use store::AccountId;

use super::fetch::Failure;
use super::resolve::Budget;
use crate::App;

/// Keeps what `document`, which came from its own origin, says of its actor: a new account, or what is new about a
/// known one. A new handle is verified by WebFinger.
pub async fn keep(app: &App, document: &Value, budget: &Budget) -> Result<AccountId, Failure> {
    let _ = (app, document, budget);
    Err(Failure::Internal("actors are not kept yet".into()))
}
