//! POST /api/v1/statuses/:id/bookmark and /unbookmark

use app::ids::StatusId;
use app::statuses::bookmark;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::WriteBookmarks;
use crate::extract::{Id, Scoped};

/// Source: docs.joinmastodon.org/methods/statuses/#bookmark
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteBookmarks>, Id(id): Id<StatusId>) -> Result<Json<Status>> {
    let id = bookmark::bookmark(&app, &viewer, id).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), id).await?))
}

/// Source: docs.joinmastodon.org/methods/statuses/#unbookmark
pub async fn undo(State(app): State<App>, viewer: Scoped<WriteBookmarks>, Id(id): Id<StatusId>) -> Result<Json<Status>> {
    let id = bookmark::unbookmark(&app, &viewer, id).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), id).await?))
}
