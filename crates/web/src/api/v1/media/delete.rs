//! DELETE /api/v1/media/:id

use app::App;
use app::ids::MediaId;
use app::media::upload;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::error::Result;
use crate::extract::viewer::WriteMedia;
use crate::extract::{Id, Scoped};

/// Only what no status has. Source: docs.joinmastodon.org/methods/media/#delete
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteMedia>, Id(id): Id<MediaId>) -> Result<Json<Value>> {
    upload::delete(&app, &viewer, id).await?;
    Ok(Json(json!({})))
}
