//! GET /api/v1/statuses/:id/history

use app::ids::StatusId;
use app::statuses::history;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::StatusEdit;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{Id, MaybeViewer};

/// Source: docs.joinmastodon.org/methods/statuses/#history
pub async fn handler(State(app): State<App>, viewer: MaybeViewer<ReadStatuses>, Id(id): Id<StatusId>) -> Result<Json<Vec<StatusEdit>>> {
    let history = history::history(&app, viewer.account_id(), id).await?;
    Ok(Json(present::status_edit::history(&app, history).await?))
}
