//! GET and POST /oauth/userinfo

use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::OAuthUserinfo;

use crate::error::Result;
use crate::extract::Scoped;
use crate::extract::viewer::Profile;

/// Source: docs.joinmastodon.org/methods/oauth/#userinfo
pub async fn handler(State(app): State<App>, viewer: Scoped<Profile>) -> Result<Json<OAuthUserinfo>> {
    Ok(Json(present::userinfo::userinfo(&app, &viewer).await?))
}
