//! GET /api/v1/scheduled_statuses/:id

use app::ids::ScheduledStatusId;
use app::statuses::schedule;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::ScheduledStatus;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{Id, Scoped};

/// Source: docs.joinmastodon.org/methods/scheduled_statuses/#get-one
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadStatuses>, Id(id): Id<ScheduledStatusId>) -> Result<Json<ScheduledStatus>> {
    let row = schedule::show(&app, &viewer, id).await?;
    Ok(Json(present::scheduled_status::scheduled_status(&app, row).await?))
}
