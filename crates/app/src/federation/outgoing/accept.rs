//! Accept: one of ours lets somebody elsewhere follow them.

use store::{AccountId, Tx};
use wire::activity::write::activity;

use super::between::outward;
use super::{deliver, follow};
use crate::Result;

/// Tells `follower` that one of ours lets it follow. `id` is the row's, `uri` the address of the Follow if it had one.
pub(crate) async fn deliver(tx: &Tx, target: AccountId, follower: AccountId, id: i64, uri: Option<&str>) -> Result<()> {
    let Some((target, follower)) = outward(tx, target, follower).await? else { return Ok(()) };
    let object = follow::document(&follow::address(&follower, id, uri), &follower, &target);
    let accept = activity("Accept", &format!("{}#accepts/follows/{id}", target.uri), &target.uri, object);
    deliver::to_account(tx, target.id, &accept, follower.id).await
}
