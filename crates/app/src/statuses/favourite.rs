//! Favouriting: a person's "like" on a status they can see.

use store::notifications::{self, Cause, NewNotification};
use store::stats::{self, StatusDelta};
use store::statuses::{self, Status};
use store::{AccountId, StatusId, Tx, favourites};

use crate::effects::{index, notify};
use crate::federation::outgoing;
use crate::{App, Result, Viewer, policy};

/// Marks `id` as a favourite of the viewer. Favouriting twice is the same as once. Returns the
/// status marked (the original, if `id` is a reblog).
///
/// Errors: `NotFound` if the viewer may not see the status, `Forbidden` if they block its author.
/// Source: docs.joinmastodon.org/methods/statuses/#favourite
pub async fn favourite(app: &App, viewer: &Viewer, id: StatusId) -> Result<StatusId> {
    let viewer = viewer.account_id;
    app.write(move |tx| async move {
        let status = policy::visible_original(&tx, viewer, id).await?;
        policy::check_not_blocking(&tx, viewer, status.account_id).await?;
        mark(&tx, viewer, &status).await?;
        Ok(status.id)
    })
    .await
}

/// Keeps the mark, tells the author or their server, and counts. Returns the mark's id when it is new.
pub(crate) async fn mark(tx: &Tx, account: AccountId, status: &Status) -> Result<Option<i64>> {
    let Some(favourite) = favourites::insert(tx, account, status.id).await? else { return Ok(None) };
    if status.local && status.account_id != account {
        let new =
            NewNotification { account_id: status.account_id, from_account_id: account, cause: Cause::Favourite { status: status.id, favourite } };
        notify::notify(tx, new).await?;
    }
    if !status.local {
        outgoing::like::deliver(tx, account, status, favourite).await?;
    }
    index::refresh(tx, status.id).await?;
    stats::add_to_statuses(tx, vec![(status.id, StatusDelta { favourites: 1, ..Default::default() })]).await?;
    Ok(Some(favourite))
}

/// Takes the mark back. Works on a status that can no longer be seen.
///
/// Errors: `NotFound` if the viewer neither marked it nor may see it.
/// Source: docs.joinmastodon.org/methods/statuses/#unfavourite
pub async fn unfavourite(app: &App, viewer: &Viewer, id: StatusId) -> Result<StatusId> {
    let viewer = viewer.account_id;
    app.write(move |tx| async move {
        let original = match statuses::find(&tx, id).await?.and_then(|s| s.reblog_of_id) {
            Some(original) => original,
            None => id,
        };
        if unmark(&tx, viewer, original).await? { Ok(original) } else { Ok(policy::visible_original(&tx, viewer, id).await?.id) }
    })
    .await
}

/// Takes a mark away with its notification, tells the author's server of it, and counts; false if there was none.
pub(crate) async fn unmark(tx: &Tx, account: AccountId, original: StatusId) -> Result<bool> {
    let Some(favourite) = favourites::delete(tx, account, original).await? else { return Ok(false) };
    match statuses::find(tx, original).await? {
        Some(status) if status.local => {
            notifications::retract(tx, account, Cause::Favourite { status: status.id, favourite }, status.account_id).await?;
        }
        Some(status) => outgoing::undo::like(tx, account, &status, favourite).await?,
        None => {}
    }
    index::refresh(tx, original).await?;
    stats::add_to_statuses(tx, vec![(original, StatusDelta { favourites: -1, ..Default::default() })]).await?;
    Ok(true)
}
