//! Lists of marks: what the viewer favourited and bookmarked, who favourited and reblogged a status.

use std::collections::HashSet;

use store::page::Page;
use store::{AccountId, Reader, StatusId, bookmarks, favourites, statuses};

use crate::{App, Result, Viewer, policy};

/// A page of marks, and which of their statuses the viewer may still see: what became private, or is by
/// somebody who blocks them now, keeps its mark but is not shown.
pub struct Marked {
    /// The mark's id and the status, for paging.
    pub marks: Vec<(i64, StatusId)>,
    pub shown: Vec<StatusId>,
}

async fn marked(r: &Reader, me: AccountId, marks: Vec<(i64, StatusId)>) -> Result<Marked> {
    let ids: Vec<StatusId> = marks.iter().map(|(_, status)| *status).collect();
    let visible: HashSet<StatusId> = statuses::visible_ids(r, &ids, Some(me)).await?.into_iter().collect();
    Ok(Marked { shown: ids.into_iter().filter(|id| visible.contains(id)).collect(), marks })
}

/// A page of the viewer's favourites.
/// Source: docs.joinmastodon.org/methods/favourites/
pub async fn favourites(app: &App, viewer: &Viewer, page: Page) -> Result<Marked> {
    let me = viewer.account_id;
    app.read(move |r| async move { marked(&r, me, favourites::page(&r, me, &page).await?).await }).await
}

/// A page of the viewer's bookmarks.
/// Source: docs.joinmastodon.org/methods/bookmarks/
pub async fn bookmarks(app: &App, viewer: &Viewer, page: Page) -> Result<Marked> {
    let me = viewer.account_id;
    app.read(move |r| async move { marked(&r, me, bookmarks::page(&r, me, &page).await?).await }).await
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
