//! PUT /api/v1/scheduled_statuses/:id

use app::ids::ScheduledStatusId;
use app::statuses::schedule;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::ScheduledStatus;

use crate::error::Result;
use crate::extract::viewer::WriteStatuses;
use crate::extract::{Id, Params, Scoped};

/// Source: docs.joinmastodon.org/methods/scheduled_statuses/#update
pub async fn handler(
    State(app): State<App>,
    viewer: Scoped<WriteStatuses>,
    Id(id): Id<ScheduledStatusId>,
    params: Params,
) -> Result<Json<ScheduledStatus>> {
    let row = schedule::update(&app, &viewer, id, params.filled("scheduled_at")?).await?;
    Ok(Json(present::scheduled_status::scheduled_status(&app, row).await?))
}
