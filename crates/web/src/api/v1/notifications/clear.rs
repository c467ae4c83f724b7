//! POST /api/v1/notifications/clear and /api/v2/notifications/clear

use app::{App, notifications};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::error::Result;
use crate::extract::Scoped;
use crate::extract::viewer::WriteNotifications;

/// Source: docs.joinmastodon.org/methods/notifications/#clear
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteNotifications>) -> Result<Json<Value>> {
    notifications::clear(&app, &viewer).await?;
    Ok(Json(json!({})))
}
