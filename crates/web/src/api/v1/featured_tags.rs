//! GET /api/v1/featured_tags, /api/v1/featured_tags/suggestions

use axum::Json;
use serde_json::Value;

use crate::extract::Scoped;
use crate::extract::viewer::ReadAccounts;

/// None, since none can be featured yet. Source: docs.joinmastodon.org/methods/featured_tags/
pub async fn handler(_viewer: Scoped<ReadAccounts>) -> Json<Vec<Value>> {
    Json(Vec::new())
}
