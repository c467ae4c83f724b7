//! GET /api/v1_alpha/async_refreshes/:id

use app::{App, timelines};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use wire::mastodon::{AsyncRefresh, AsyncRefreshStatus};

use crate::error::Result;
use crate::extract::viewer::Read;
use crate::extract::{Id, Scoped};

/// Source: docs.joinmastodon.org/methods/async_refreshes/#show
pub async fn handler(State(app): State<App>, viewer: Scoped<Read>, Id(id): Id<i64>) -> Result<Json<Value>> {
    let rebuild = timelines::find_rebuild(&app, &viewer, id).await?;
    let status = if rebuild.finished { AsyncRefreshStatus::Finished } else { AsyncRefreshStatus::Running };
    Ok(Json(json!({ "async_refresh": AsyncRefresh { id: id.to_string(), status, result_count: None } })))
}
