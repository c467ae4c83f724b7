//! GET /api/v1/statuses/:id/quotes

use app::App;
use app::ids::StatusId;
use app::statuses::show;
use axum::Json;
use axum::extract::State;
use serde_json::Value;

use crate::error::Result;
use crate::extract::Id;
use crate::extract::viewer::{ReadStatuses, ScopedToken};

/// None, since quotes are not known as such yet. Errors: `NotFound`.
/// Source: docs.joinmastodon.org/methods/statuses/#quotes
pub async fn handler(State(app): State<App>, viewer: ScopedToken<ReadStatuses>, Id(id): Id<StatusId>) -> Result<Json<Vec<Value>>> {
    show::show(&app, viewer.viewer(), id).await?;
    Ok(Json(Vec::new()))
}
