//! GET /api/v1/custom_emojis

use axum::Json;
use wire::mastodon::CustomEmoji;

/// There are none yet: no emoji can be added. Source: docs.joinmastodon.org/methods/custom_emojis/
pub async fn handler() -> Json<Vec<CustomEmoji>> {
    Json(Vec::new())
}
