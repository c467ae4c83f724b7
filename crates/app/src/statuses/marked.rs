//! Lists of marks: what the viewer favourited and bookmarked, who favourited and reblogged a status.

use store::page::Page;
use store::{AccountId, StatusId, bookmarks, favourites, statuses};

use crate::{App, Result, Viewer, policy};

/// A page of the viewer's favourites: the mark's id and the status.
/// Source: docs.joinmastodon.org/methods/favourites/
pub async fn favourites(app: &App, viewer: &Viewer, page: Page) -> Result<Vec<(i64, StatusId)>> {
    let me = viewer.account_id;
    app.read(move |r| async move { Ok(favourites::page(&r, me, &page).await?) }).await
}

/// A page of the viewer's bookmarks: the mark's id and the status.
/// Source: docs.joinmastodon.org/methods/bookmarks/
pub async fn bookmarks(app: &App, viewer: &Viewer, page: Page) -> Result<Vec<(i64, StatusId)>> {
    let me = viewer.account_id;
    app.read(move |r| async move { Ok(bookmarks::page(&r, me, &page).await?) }).await
}

/// A page of who favourited a status: the mark's id and the account.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/statuses/#favourited_by
pub async fn favourited_by(app: &App, viewer: Option<AccountId>, id: StatusId, page: Page) -> Result<Vec<(i64, AccountId)>> {
    app.read(move |r| async move {
        policy::visible_status(&r, viewer, id).await?;
        Ok(favourites::page_of_status(&r, id, viewer, &page).await?)
    })
    .await
}

/// A page of who reblogged a status: the reblog's id and the account.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/statuses/#reblogged_by
pub async fn reblogged_by(app: &App, viewer: Option<AccountId>, id: StatusId, page: Page) -> Result<Vec<(i64, AccountId)>> {
    app.read(move |r| async move {
        policy::visible_status(&r, viewer, id).await?;
        Ok(statuses::reblogs_page(&r, id, viewer, &page).await?)
    })
    .await
}
