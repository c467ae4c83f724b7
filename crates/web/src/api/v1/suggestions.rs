//! GET /api/v1/suggestions, /api/v2/suggestions

use axum::Json;
use serde_json::Value;

use crate::extract::Scoped;
use crate::extract::viewer::ReadAccounts;

/// Nobody is suggested yet. Source: docs.joinmastodon.org/methods/suggestions/
pub async fn handler(_viewer: Scoped<ReadAccounts>) -> Json<Vec<Value>> {
    Json(Vec::new())
}
