//! POST /api/v2/notifications/:group_key/dismiss

use app::App;
use app::notifications::groups;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::error::Result;
use crate::extract::viewer::WriteNotifications;
use crate::extract::{Name, Scoped};

/// Source: docs.joinmastodon.org/methods/grouped_notifications/#dismiss-group
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteNotifications>, Name(key): Name) -> Result<Json<Value>> {
    groups::dismiss(&app, &viewer, key).await?;
    Ok(Json(json!({})))
}
