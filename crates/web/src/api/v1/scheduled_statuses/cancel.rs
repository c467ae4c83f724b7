//! DELETE /api/v1/scheduled_statuses/:id

use app::App;
use app::ids::ScheduledStatusId;
use app::statuses::schedule;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::error::Result;
use crate::extract::viewer::WriteStatuses;
use crate::extract::{Id, Scoped};

/// Source: docs.joinmastodon.org/methods/scheduled_statuses/#cancel
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteStatuses>, Id(id): Id<ScheduledStatusId>) -> Result<Json<Value>> {
    schedule::cancel(&app, &viewer, id).await?;
    Ok(Json(json!({})))
}
