//! GET /api/v1/announcements

use app::Error;
use axum::Json;
use serde_json::Value;

use crate::error::Result;
use crate::extract::viewer::Anybody;

/// None, since none can be made yet. Source: docs.joinmastodon.org/methods/announcements/#get
pub async fn handler(anybody: Anybody) -> Result<Json<Vec<Value>>> {
    anybody.access().ok_or_else(|| Error::refused("error-user-required"))?.viewer()?;
    Ok(Json(Vec::new()))
}
