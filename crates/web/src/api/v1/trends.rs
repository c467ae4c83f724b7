//! GET /api/v1/trends, /api/v1/trends/tags, /api/v1/trends/statuses, /api/v1/trends/links

use axum::Json;
use serde_json::Value;

/// Nothing trends, as on a server that has switched trends off. Source: docs.joinmastodon.org/methods/trends/
pub async fn handler() -> Json<Vec<Value>> {
    Json(Vec::new())
}
