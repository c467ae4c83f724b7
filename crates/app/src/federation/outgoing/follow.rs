//! Follow: one of ours asks to follow somebody elsewhere.

use serde_json::Value;
use store::accounts::Account;
use store::{AccountId, FollowRequestId, Tx, follow_requests};
use wire::activity::write::activity;

use super::between::outward;
use super::deliver;
use crate::Result;

/// Tells `target` that somebody of ours asks to follow it. The request keeps the activity's address, by which the answer
/// names it.
pub(crate) async fn deliver(tx: &Tx, follower: AccountId, target: AccountId, request: FollowRequestId) -> Result<()> {
    let Some((follower, target)) = outward(tx, follower, target).await? else { return Ok(()) };
    let uri = address(&follower, request.0, None);
    follow_requests::set_uri(tx, follower.id, target.id, &uri).await?;
    deliver::to_account(tx, follower.id, &document(&uri, &follower, &target), target.id).await
}

/// The address of a follow's activity: its own, or that which its follower would have given it.
pub(super) fn address(follower: &Account, id: i64, uri: Option<&str>) -> String {
    uri.map_or_else(|| format!("{}#follows/{id}", follower.uri), str::to_owned)
}

pub(super) fn document(uri: &str, follower: &Account, target: &Account) -> Value {
    activity("Follow", uri, &follower.uri, target.uri.as_str())
}
