//! GET /api/v1/statuses/:id/context

use app::ids::StatusId;
use app::{App, statuses};
use axum::extract::State;
use wire::mastodon::Context;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{Id, MaybeViewer};
use crate::written::Written;

/// Source: docs.joinmastodon.org/methods/statuses/#context
pub async fn handler(State(app): State<App>, viewer: MaybeViewer<ReadStatuses>, Id(id): Id<StatusId>) -> Result<Written<Context>> {
    Ok(Written(statuses::context::thread(&app, viewer.viewer(), id).await?))
}
