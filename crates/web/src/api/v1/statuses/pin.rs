//! POST /api/v1/statuses/:id/pin and /unpin

use app::ids::StatusId;
use app::statuses::pin;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::WriteAccounts;
use crate::extract::{Id, Scoped};

/// Source: docs.joinmastodon.org/methods/statuses/#pin
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteAccounts>, Id(id): Id<StatusId>) -> Result<Json<Status>> {
    pin::pin(&app, &viewer, id).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), id).await?))
}

/// Source: docs.joinmastodon.org/methods/statuses/#unpin
pub async fn undo(State(app): State<App>, viewer: Scoped<WriteAccounts>, Id(id): Id<StatusId>) -> Result<Json<Status>> {
    pin::unpin(&app, &viewer, id).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), id).await?))
}
