//! Block: one of ours blocks somebody elsewhere.

use serde_json::Value;
use store::accounts::Account;
use store::{AccountId, BlockId, Tx};
use wire::activity::write::activity;

use super::between::outward;
use super::deliver;
use crate::Result;

/// Tells `target` that one of ours blocks it.
pub(crate) async fn deliver(tx: &Tx, account: AccountId, target: AccountId, block: BlockId) -> Result<()> {
    let Some((account, target)) = outward(tx, account, target).await? else { return Ok(()) };
    deliver::to_account(tx, account.id, &document(&account, &target, block), target.id).await
}

pub(super) fn document(account: &Account, target: &Account, block: BlockId) -> Value {
    activity("Block", &format!("{}#blocks/{}", account.uri, block.0), &account.uri, target.uri.as_str())
}
