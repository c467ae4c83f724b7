//! GET /api/v1/instance/privacy_policy

use app::{App, instance, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::instance::PrivacyPolicy;

use crate::error::Result;

/// Source: docs.joinmastodon.org/methods/instance/#privacy_policy
pub async fn handler(State(app): State<App>) -> Result<Json<PrivacyPolicy>> {
    let document = instance::document(&app, "site_terms").await?;
    Ok(Json(present::instance::privacy_policy(&app, document.as_ref())))
}
