//! POST /api/v1/statuses/:id/favourite and /unfavourite

use app::ids::StatusId;
use app::statuses::favourite;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::WriteFavourites;
use crate::extract::{Id, Scoped};

/// Source: docs.joinmastodon.org/methods/statuses/#favourite
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteFavourites>, Id(id): Id<StatusId>) -> Result<Json<Status>> {
    let id = favourite::favourite(&app, &viewer, id).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), id).await?))
}

/// Source: docs.joinmastodon.org/methods/statuses/#unfavourite
pub async fn undo(State(app): State<App>, viewer: Scoped<WriteFavourites>, Id(id): Id<StatusId>) -> Result<Json<Status>> {
    let id = favourite::unfavourite(&app, &viewer, id).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), id).await?))
}
