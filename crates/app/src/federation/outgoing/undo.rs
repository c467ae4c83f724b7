//! Undo: what one of ours said holds no longer.

use store::statuses::Status;
use store::{AccountId, BlockId, Tx};
use wire::activity::write::{self, activity};

use super::between::outward;
use super::reach::{of_gone, send, start};
use super::{block as blocks, compose, deliver, follow as follows, like as likes, reject};
use crate::Result;
use crate::urls::Urls;

/// Tells the other side that a follow, or the wish for one, has been ended here: by the follower or by the followed.
pub(crate) async fn follow(tx: &Tx, follower: AccountId, target: AccountId, id: i64, uri: Option<&str>) -> Result<()> {
    if let Some((follower, target)) = outward(tx, follower, target).await? {
        let undone = follows::document(&follows::address(&follower, id, uri), &follower, &target);
        let undo = activity("Undo", &format!("{}#follows/{id}/undo", follower.uri), &follower.uri, undone);
        return deliver::to_account(tx, follower.id, &undo, target.id).await;
    }
    reject::deliver(tx, target, follower, id, uri).await
}

/// Tells `target` that one of ours blocks it no longer.
pub(crate) async fn block(tx: &Tx, account: AccountId, target: AccountId, block: BlockId) -> Result<()> {
    let Some((account, target)) = outward(tx, account, target).await? else { return Ok(()) };
    let undo = activity("Undo", &format!("{}#blocks/{}/undo", account.uri, block.0), &account.uri, blocks::document(&account, &target, block));
    deliver::to_account(tx, account.id, &undo, target.id).await
}

/// Tells the author of a status that one of ours likes it no longer.
pub(crate) async fn like(tx: &Tx, account: AccountId, status: &Status, favourite: i64) -> Result<()> {
    let Some((account, author)) = outward(tx, account, status.account_id).await? else { return Ok(()) };
    let undo = activity("Undo", &format!("{}#likes/{favourite}/undo", account.uri), &account.uri, likes::document(&account, status, favourite));
    deliver::to_account(tx, account.id, &undo, author.id).await
}

/// Has it sent that a local reblog is taken back. To be called before it is hidden.
pub(crate) async fn announce(tx: &Tx, urls: &Urls, reblog: &Status) -> Result<()> {
    let Some(start) = start(tx, reblog.account_id, of_gone(tx, reblog).await?).await? else { return Ok(()) };
    match compose::announce(tx, urls, reblog.id, tx.now()).await? {
        Some(announce) => send(tx, start, &write::undo(announce)).await,
        None => Ok(()),
    }
}
