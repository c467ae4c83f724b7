//! Delete: a status or an account of ours is gone.

use store::statuses::Status;
use store::{AccountId, Tx, audience, deliveries, tombstones};
use wire::activity::write;

use super::reach::{Start, hand_over, local, of_gone, page, send, start};
use super::undo;
use crate::Result;
use crate::queue::{self, Progress, Reach, RemoveAccount};
use crate::urls::Urls;

/// Deliveries that a deletion takes back; further ones arrive, and it after them.
const TAKEN_BACK_MAX: i64 = 1_000;

/// Has the deletion of a local status or reblog sent. To be called before it is hidden.
pub(crate) async fn status(tx: &Tx, urls: &Urls, status: &Status) -> Result<()> {
    if !status.local {
        return Ok(());
    }
    if status.reblog_of_id.is_some() {
        return undo::announce(tx, urls, status).await;
    }
    let Some(author) = local(tx, status.account_id).await? else { return Ok(()) };
    // What still waits of it is not said any more, and whom it waited for is told, too: perhaps it was taken though not
    // acknowledged.
    let waited = deliveries::take_back(tx, author.id, &status.uri, TAKEN_BACK_MAX).await?;
    let start = match start(tx, author.id, of_gone(tx, status).await?).await? {
        Some(mut start) => {
            start.inboxes.extend(waited);
            start
        }
        None if waited.is_empty() => return Ok(()),
        None => Start { actor: author.id, reach: Reach::default(), inboxes: waited, rest: None },
    };
    send(tx, start, &write::delete(&author.uri, &status.uri)).await
}

/// Has the deletion of a local account sent to its followers and to every host there is, and enqueues the removal of
/// what it leaves, which must not begin before its followers are known.
pub(crate) async fn account(tx: &Tx, account: AccountId) -> Result<()> {
    let removal = RemoveAccount { account };
    let Some(actor) = local(tx, account).await? else { return queue::enqueue(tx, &removal).await };
    tombstones::insert(tx, &actor.uri, Some(account), false).await?;
    let reach = Reach { followers_of: vec![account], everybody: true, ..Reach::default() };
    if page(tx, &Reach { everybody: false, ..reach.clone() }, &Progress::default(), 1).await?.is_empty()
        && audience::list_shared_inboxes(tx, "", 1).await?.is_empty()
    {
        return queue::enqueue(tx, &removal).await;
    }
    match start(tx, account, reach).await? {
        Some(start) => hand_over(tx, start, &write::delete_actor(&actor.uri), Some(account)).await,
        None => queue::enqueue(tx, &removal).await,
    }
}
