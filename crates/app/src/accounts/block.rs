//! Blocking: two accounts have nothing to do with each other any more.

use store::page::Page;
use store::stats::{self, AccountDelta};
use store::{AccountId, BlockId, Reader, Tx, accounts, blocks, conversations, feeds, removal};

use crate::accounts::follow::{end, take_request};
use crate::jobs::{self, ClearNotifications};
use crate::{App, Error, Result, Viewer};

/// Blocks `target`: follows and requests end both ways; each leaves the other's feeds and lists, and the
/// blocked one the viewer's notifications. Blocking twice is the same as once, oneself does nothing.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#block
pub async fn block(app: &App, viewer: &Viewer, target: AccountId) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        known(&tx, target).await?;
        if me == target {
            return Ok(());
        }
        let (mine, theirs) = part(&tx, me, target).await?;
        blocks::insert(&tx, me, target).await?;
        for (owner, about) in [(me, target), (target, me)] {
            feeds::forget(&tx, owner, about).await?;
            removal::leave_lists(&tx, owner, about).await?;
        }
        conversations::forget_with(&tx, me, target).await?;
        jobs::enqueue(&tx, &ClearNotifications { account: me, from: target }).await?;
        let deltas = vec![
            (me, AccountDelta { following: -mine, followers: -theirs, ..Default::default() }),
            (target, AccountDelta { following: -theirs, followers: -mine, ..Default::default() }),
        ];
        Ok(stats::add_to_accounts(&tx, deltas).await?)
    })
    .await
}

/// Ends follows and requests both ways; returns how many follows there were of `account` and of `other`.
pub(crate) async fn part(tx: &Tx, account: AccountId, other: AccountId) -> Result<(i64, i64)> {
    take_request(tx, account, other).await?;
    take_request(tx, other, account).await?;
    Ok((i64::from(end(tx, account, other).await?), i64::from(end(tx, other, account).await?)))
}

/// Ends a block; no error if there was none. What it ended does not come back.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#unblock
pub async fn unblock(app: &App, viewer: &Viewer, target: AccountId) -> Result<()> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        known(&tx, target).await?;
        blocks::delete(&tx, me, target).await?;
        Ok(())
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
