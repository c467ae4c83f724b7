//! Update: a status or profile of ours has changed, or the tallies of a poll.

use store::{AccountId, StatusId, Tx, statuses};

use super::compose;
use super::reach::{is_addressed, local, of_changed, ours, send, start};
use crate::Result;
use crate::cache::context::Context;
use crate::queue::{self, DistributeProfile, DistributeTallies, Reach};
use crate::urls::Urls;

/// How long changes of a profile are gathered.
const PROFILE_MS: i64 = 5_000;
/// How long votes are gathered.
const TALLIES_MS: i64 = 3 * 60 * 1000;

/// Has an edit of a local status sent.
pub(crate) async fn status(tx: &Tx, urls: &Urls, id: StatusId) -> Result<()> {
    let Some(status) = ours(tx, id).await? else { return Ok(()) };
    let Some(start) = start(tx, status.account_id, of_changed(tx, &status).await?).await? else { return Ok(()) };
    match compose::update(tx, urls, id, tx.now()).await?.filter(is_addressed) {
        Some(update) => send(tx, start, &update).await,
        None => Ok(()),
    }
}

/// Has the tallies of a poll sent, a while after the first of its votes.
pub(crate) async fn tallies_later(tx: &Tx, status: StatusId) -> Result<()> {
    queue::enqueue_in(tx, &DistributeTallies { status, last: false }, TALLIES_MS).await
}

/// Has the last tallies of a poll sent.
pub(crate) async fn last_tallies(tx: &Tx, status: StatusId) -> Result<()> {
    queue::enqueue(tx, &DistributeTallies { status, last: true }).await
}

/// Composes the tallies of a poll as they are, and has them sent.
pub(crate) async fn tallies(tx: &Tx, urls: &Urls, status: StatusId) -> Result<()> {
    // An edit or a deletion comes before this or after it.
    statuses::lock(tx, status).await?;
    self::status(tx, urls, status).await
}

/// Has a changed profile sent, with what changes within the next seconds.
pub(crate) async fn profile_later(tx: &Tx, account: AccountId) -> Result<()> {
    queue::enqueue_in(tx, &DistributeProfile { account }, PROFILE_MS).await
}

/// Composes a local actor, and has it sent to its followers.
pub(crate) async fn profile(tx: &Tx, context: &Context, account: AccountId) -> Result<()> {
    if local(tx, account).await?.is_none_or(|account| account.suspended_at.is_some()) {
        return Ok(());
    }
    let Some(start) = start(tx, account, Reach { followers_of: vec![account], ..Reach::default() }).await? else { return Ok(()) };
    match compose::update_actor(tx, context, account, tx.now()).await? {
        Some(update) => send(tx, start, &update).await,
        None => Ok(()),
    }
}
