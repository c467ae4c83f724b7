//! GET /api/v1/instance/rules

use app::{App, instance, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Rule;

use crate::error::Result;

/// Source: docs.joinmastodon.org/methods/instance/#rules
pub async fn handler(State(app): State<App>) -> Result<Json<Vec<Rule>>> {
    let facts = instance::facts(&app).await?;
    Ok(Json(present::instance::rules(&facts.rules)))
}
