//! GET /api/v1/instance/extended_description

use app::{App, instance, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::instance::ExtendedDescription;

use crate::error::Result;

/// Source: docs.joinmastodon.org/methods/instance/#extended_description
pub async fn handler(State(app): State<App>) -> Result<Json<ExtendedDescription>> {
    let document = instance::document(&app, "site_extended_description").await?;
    Ok(Json(present::instance::extended_description(&app, document.as_ref())))
}
