//! POST /api/v1/notifications/:id/dismiss and DELETE /api/v1/notifications/:id

use app::ids::NotificationId;
use app::{App, notifications};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::error::Result;
use crate::extract::viewer::WriteNotifications;
use crate::extract::{Id, Scoped};

/// Source: docs.joinmastodon.org/methods/notifications/#dismiss
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteNotifications>, Id(id): Id<NotificationId>) -> Result<Json<Value>> {
    notifications::dismiss(&app, &viewer, id).await?;
    Ok(Json(json!({})))
}
