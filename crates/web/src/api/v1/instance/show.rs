//! GET /api/v1/instance

use app::{App, instance, present};
use axum::Json;
use axum::extract::State;

use crate::error::Result;

/// Source: docs.joinmastodon.org/methods/instance/#v1
pub async fn handler(State(app): State<App>) -> Result<Json<wire::mastodon::V1Instance>> {
    let facts = instance::facts(&app).await?;
    Ok(Json(present::instance::v1(&app, &facts)))
}
