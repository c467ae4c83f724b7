//! Blocking: two accounts have nothing to do with each other any more.

use store::page::Page;
use store::stats::{self, AccountDelta};
use store::{AccountId, BlockId, Reader, Tx, accounts, blocks, conversations, feeds, removal};

use crate::accounts::follow::sever;
use crate::federation::outgoing;
use crate::queue::{self, ClearNotifications};
use crate::{App, Error, Result, Viewer};

/// Blocks `target`: follows and requests end both ways; each leaves the other's feeds and lists, and the
/// blocked one the viewer's notifications. Blocking twice is the same as once, oneself does nothing.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#block
pub async fn block(app: &App, viewer: &Viewer, target: AccountId) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        known(&tx, target).await?;
        if me == target { Ok(()) } else { shut_out(&tx, me, target).await }
    })
    .await
}

/// What a block does; either of the two may live elsewhere, and the other's server is told.
pub(crate) async fn shut_out(tx: &Tx, account: AccountId, target: AccountId) -> Result<()> {
    let (mine, theirs) = part(tx, account, target).await?;
    if blocks::insert(tx, account, target).await?
        && let Some((block, _)) = blocks::find(tx, account, target).await?
    {
        outgoing::block::deliver(tx, account, target, block).await?;
    }
    for (owner, about) in [(account, target), (target, account)] {
        feeds::forget(tx, owner, about).await?;
        removal::leave_lists(tx, owner, about).await?;
    }
    conversations::forget_with(tx, account, target).await?;
    queue::enqueue(tx, &ClearNotifications { account, from: target }).await?;
    let deltas = vec![
        (account, AccountDelta { following: -mine, followers: -theirs, ..Default::default() }),
        (target, AccountDelta { following: -theirs, followers: -mine, ..Default::default() }),
    ];
    Ok(stats::add_to_accounts(tx, deltas).await?)
}

/// Ends follows and requests both ways, and tells whoever lives elsewhere; returns how many follows there were
/// of `account` and of `other`.
pub(crate) async fn part(tx: &Tx, account: AccountId, other: AccountId) -> Result<(i64, i64)> {
    Ok((i64::from(sever(tx, account, other).await?), i64::from(sever(tx, other, account).await?)))
}

/// Ends a block; no error if there was none. What it ended does not come back.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#unblock
pub async fn unblock(app: &App, viewer: &Viewer, target: AccountId) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        known(&tx, target).await?;
        let block = blocks::find(&tx, me, target).await?;
        match block {
            Some((block, _)) if blocks::delete(&tx, me, target).await? => outgoing::undo::block(&tx, me, target, block).await,
            _ => Ok(()),
        }
    })
    .await
}

/// A page of whom the viewer blocks, keyed by the block. Source: docs.joinmastodon.org/methods/blocks/
pub async fn list(app: &App, viewer: &Viewer, page: Page) -> Result<Vec<(BlockId, AccountId)>> {
    let me = viewer.account_id;
    app.read(move |r| async move { Ok(blocks::page(&r, me, &page).await?) }).await
}

/// Somebody to whom one can be something. Errors: `NotFound`.
pub(crate) async fn known(r: &Reader, id: AccountId) -> Result<()> {
    accounts::find(r, id).await?.filter(|a| a.usable && a.id.0 > 0).map(drop).ok_or_else(Error::not_found)
}
