//! POST /api/v1/statuses/:id/reblog and /unreblog

use app::ids::StatusId;
use app::statuses::reblog;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::WriteStatuses;
use crate::extract::{Id, Params, Scoped};

/// Source: docs.joinmastodon.org/methods/statuses/#boost
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteStatuses>, Id(id): Id<StatusId>, params: Params) -> Result<Json<Status>> {
    let wrapper = reblog::reblog(&app, &viewer, id, params.filled("visibility")?).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), wrapper).await?))
}

/// Source: docs.joinmastodon.org/methods/statuses/#unreblog
pub async fn undo(State(app): State<App>, viewer: Scoped<WriteStatuses>, Id(id): Id<StatusId>) -> Result<Json<Status>> {
    let original = reblog::unreblog(&app, &viewer, id).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), original).await?))
}
