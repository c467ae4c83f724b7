//! Like: one of ours favourites a status of another server.

use serde_json::Value;
use store::accounts::Account;
use store::statuses::Status;
use store::{AccountId, Tx};
use wire::activity::write::activity;

use super::between::outward;
use super::deliver;
use crate::Result;

/// Tells the author of a status that one of ours likes it.
pub(crate) async fn deliver(tx: &Tx, account: AccountId, status: &Status, favourite: i64) -> Result<()> {
    let Some((account, author)) = outward(tx, account, status.account_id).await? else { return Ok(()) };
    deliver::to_account(tx, account.id, &document(&account, status, favourite), author.id).await
}

pub(super) fn document(account: &Account, status: &Status, favourite: i64) -> Value {
    activity("Like", &format!("{}#likes/{favourite}", account.uri), &account.uri, status.uri.as_str())
}
