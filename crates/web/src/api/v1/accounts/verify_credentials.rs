//! GET /api/v1/accounts/verify_credentials

use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::Shared;
use wire::mastodon::CredentialAccount;

use crate::error::Result;
use crate::extract::Scoped;
use crate::extract::viewer::Credentials;

/// Source: docs.joinmastodon.org/methods/accounts/#verify_credentials
pub async fn handler(State(app): State<App>, viewer: Scoped<Credentials>) -> Result<Json<Shared<CredentialAccount>>> {
    Ok(Json(present::account::credentials(&app, &viewer).await?))
}
