//! GET /api/v1/custom_emojis

use app::App;
use axum::Json;
use axum::extract::State;
use wire::mastodon::CustomEmoji;

/// Those that pickers offer, all at once. Source: docs.joinmastodon.org/methods/custom_emojis/
pub async fn handler(State(app): State<App>) -> Json<Vec<CustomEmoji>> {
    Json(app.context().emojis.listed())
}
