//! GET /api/v1/apps/verify_credentials

use app::oauth::applications;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Application;

use crate::error::Result;
use crate::extract::Token;

/// Source: docs.joinmastodon.org/methods/apps/#verify_credentials
pub async fn handler(State(app): State<App>, Token(access): Token) -> Result<Json<Application>> {
    let application = applications::find(&app, access.application_id).await?;
    Ok(Json(present::application::application(&app, &application)))
}
