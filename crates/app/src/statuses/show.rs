//! Showing statuses by their ids.

use store::{AccountId, StatusId, statuses};
use wire::mastodon::Status;

use crate::{App, Result, Viewer, policy, present};

/// One status. Errors: `NotFound` if the viewer may not see it.
pub async fn show(app: &App, viewer: Option<&Viewer>, id: StatusId) -> Result<Status> {
    let me: Option<AccountId> = viewer.map(|v| v.account_id);
    app.read(move |r| async move { policy::visible_status(&r, me, id).await.map(drop) }).await?;
    present::status::status(app, viewer, id).await
}

/// Those of `ids` that the viewer may see, in their order.
pub async fn list(app: &App, viewer: Option<&Viewer>, ids: Vec<StatusId>) -> Result<Vec<Status>> {
    let (me, wanted) = (viewer.map(|v| v.account_id), ids.clone());
    let visible = app.read(move |r| async move { Ok(statuses::visible_ids(&r, &wanted, me).await?) }).await?;
    present::status::statuses(app, viewer, ids.into_iter().filter(|id| visible.contains(id)).collect()).await
}
