//! Bookmarks: private marks on statuses.

use store::{StatusId, bookmarks, statuses};

use crate::effects::index;
use crate::{App, Result, Viewer, policy};

/// Bookmarks `id` for the viewer; twice is the same as once. Returns the status marked.
///
/// Errors: `NotFound` if the viewer may not see it.
/// Source: docs.joinmastodon.org/methods/statuses/#bookmark
pub async fn bookmark(app: &App, viewer: &Viewer, id: StatusId) -> Result<StatusId> {
    let viewer = viewer.account_id;
    app.write(move |tx| async move {
        let status = policy::visible_original(&tx, viewer, id).await?;
        bookmarks::insert(&tx, viewer, status.id).await?;
        index::refresh(&tx, status.id).await?;
        Ok(status.id)
    })
    .await
}

/// Removes the bookmark, also from a status that the viewer can no longer see.
///
/// Errors: `NotFound` if the viewer neither bookmarked it nor may see it.
/// Source: docs.joinmastodon.org/methods/statuses/#unbookmark
pub async fn unbookmark(app: &App, viewer: &Viewer, id: StatusId) -> Result<StatusId> {
    let viewer = viewer.account_id;
    app.write(move |tx| async move {
        let original = statuses::find(&tx, id).await?.and_then(|status| status.reblog_of_id).unwrap_or(id);
        if !bookmarks::delete(&tx, viewer, original).await? {
            return Ok(policy::visible_original(&tx, viewer, id).await?.id);
        }
        index::refresh(&tx, original).await?;
        Ok(original)
    })
    .await
}
