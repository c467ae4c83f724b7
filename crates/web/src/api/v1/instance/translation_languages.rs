//! GET /api/v1/instance/translation_languages

use axum::Json;
use serde_json::{Map, Value};

/// From which language to which: none, as on a Mastodon without a translation service.
/// Source: docs.joinmastodon.org/methods/instance/#translation_languages
pub async fn handler() -> Json<Map<String, Value>> {
    Json(Map::new())
}
