//! Favouriting: a person's "like" on a status they can see.

use store::notifications::{self, NewNotification};
use store::stats::{self, StatusDelta};
use store::{StatusId, accounts, favourites};

use crate::jobs::{self, Notify};
use crate::search::index;
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
        if let Some(favourite) = favourites::insert(&tx, viewer, status.id).await? {
            if status.local && status.account_id != viewer {
                let new = NewNotification {
                    account_id: status.account_id,
                    from_account_id: viewer,
                    kind: "favourite",
                    status_id: Some(status.id),
                    activity_id: favourite,
                    group_key: None,
                };
                jobs::enqueue(&tx, &Notify::from(new)).await?;
            }
            index::refresh(&tx, status.id).await?;
            stats::add_to_statuses(&tx, vec![(status.id, StatusDelta { favourites: 1, ..Default::default() })]).await?;
        }
        Ok(status.id)
    })
    .await
}

/// Takes the mark back. Works on a status that can no longer be seen.
///
/// Errors: `NotFound` if the viewer neither marked it nor may see it.
/// Source: docs.joinmastodon.org/methods/statuses/#unfavourite
pub async fn unfavourite(app: &App, viewer: &Viewer, id: StatusId) -> Result<StatusId> {
    let viewer = viewer.account_id;
    app.write(move |tx| async move {
        let original = match store::statuses::find(&tx, id).await?.and_then(|s| s.reblog_of_id) {
            Some(original) => original,
            None => id,
        };
        let Some(favourite) = favourites::delete(&tx, viewer, original).await? else {
            return Ok(policy::visible_original(&tx, viewer, id).await?.id);
        };
        if let Some(status) = store::statuses::find(&tx, original).await?
            && accounts::find(&tx, status.account_id).await?.is_some_and(|author| author.is_local())
        {
            notifications::retract(&tx, viewer, "favourite", favourite, status.account_id).await?;
        }
        index::refresh(&tx, original).await?;
        stats::add_to_statuses(&tx, vec![(original, StatusDelta { favourites: -1, ..Default::default() })]).await?;
        Ok(original)
    })
    .await
}
