//! DELETE /api/v1/notifications/destroy_multiple

use app::{App, notifications};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::error::Result;
use crate::extract::viewer::WriteNotifications;
use crate::extract::{Params, Scoped};

/// Notifications that one request may dismiss.
const IDS_MAX: usize = 1000;

/// Dismisses those of `ids[]` that are the viewer's. Undocumented; source: mastodon/mastodon config/routes/api.rb
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteNotifications>, params: Params) -> Result<Json<Value>> {
    let mut ids = params.ids("ids", true)?;
    ids.truncate(IDS_MAX);
    notifications::dismiss_all(&app, &viewer, ids).await?;
    Ok(Json(json!({})))
}
