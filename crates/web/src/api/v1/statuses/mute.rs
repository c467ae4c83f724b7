//! POST /api/v1/statuses/:id/mute and /unmute

use app::ids::StatusId;
use app::statuses::mute;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::WriteMutes;
use crate::extract::{Id, Scoped};

/// Source: docs.joinmastodon.org/methods/statuses/#mute
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteMutes>, Id(id): Id<StatusId>) -> Result<Json<Status>> {
    let id = mute::mute(&app, &viewer, id).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), id).await?))
}

/// Source: docs.joinmastodon.org/methods/statuses/#unmute
pub async fn undo(State(app): State<App>, viewer: Scoped<WriteMutes>, Id(id): Id<StatusId>) -> Result<Json<Status>> {
    let id = mute::unmute(&app, &viewer, id).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), id).await?))
}
