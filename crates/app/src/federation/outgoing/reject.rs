//! Reject: one of ours does not let somebody elsewhere follow them, or no longer.

use store::{AccountId, Tx};
use wire::activity::write::activity;

use super::between::outward;
use super::{deliver, follow};
use crate::Result;

/// Tells `follower` that one of ours does not let it follow, or no longer. As in [`super::accept`].
pub(crate) async fn deliver(tx: &Tx, target: AccountId, follower: AccountId, id: i64, uri: Option<&str>) -> Result<()> {
    let Some((target, follower)) = outward(tx, target, follower).await? else { return Ok(()) };
    let object = follow::document(&follow::address(&follower, id, uri), &follower, &target);
    let reject = activity("Reject", &format!("{}#rejects/follows/{id}", target.uri), &target.uri, object);
    deliver::to_account(tx, target.id, &reject, follower.id).await
}
