//! GET /api/v1/statuses/:id

use app::ids::StatusId;
use app::{App, statuses};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{Id, MaybeViewer};

/// Source: docs.joinmastodon.org/methods/statuses/#get
pub async fn handler(State(app): State<App>, viewer: MaybeViewer<ReadStatuses>, Id(id): Id<StatusId>) -> Result<Json<Status>> {
    Ok(Json(statuses::show::show(&app, viewer.viewer(), id).await?))
}
