//! GET /api/v1/statuses/:id/context

use app::ids::StatusId;
use app::statuses::context;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Context;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{Id, MaybeViewer};

/// Source: docs.joinmastodon.org/methods/statuses/#context
pub async fn handler(State(app): State<App>, viewer: MaybeViewer<ReadStatuses>, Id(id): Id<StatusId>) -> Result<Json<Context>> {
    let thread = context::context(&app, viewer.account_id(), id).await?;
    let split = thread.ancestors.len();
    let all = thread.ancestors.iter().chain(&thread.descendants).copied().collect();
    let above: Vec<wire::Id> = thread.ancestors[..split].iter().map(|id| wire::Id(id.0)).collect();
    let shown = present::status::statuses(&app, viewer.viewer(), all).await?;
    let (ancestors, descendants) = shown.into_iter().partition(|status| above.contains(&status.id));
    Ok(Json(Context { ancestors, descendants }))
}
