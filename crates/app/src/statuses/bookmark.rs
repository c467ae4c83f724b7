//! Bookmarks: private marks on statuses.

use store::{StatusId, bookmarks};

use crate::search::index;
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

/// Takes the bookmark back. Errors and source as in [`bookmark`].
pub async fn unbookmark(app: &App, viewer: &Viewer, id: StatusId) -> Result<StatusId> {
    let viewer = viewer.account_id;
    app.write(move |tx| async move {
        let status = policy::visible_original(&tx, viewer, id).await?;
        bookmarks::delete(&tx, viewer, status.id).await?;
        index::refresh(&tx, status.id).await?;
        Ok(status.id)
    })
    .await
}
