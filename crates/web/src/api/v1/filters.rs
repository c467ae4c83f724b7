//! GET /api/v1/filters, /api/v2/filters

use axum::Json;
use serde_json::Value;

use crate::extract::Scoped;
use crate::extract::viewer::ReadFilters;

/// None, since none can be made yet. Source: docs.joinmastodon.org/methods/filters/#get
pub async fn handler(_viewer: Scoped<ReadFilters>) -> Json<Vec<Value>> {
    Json(Vec::new())
}
