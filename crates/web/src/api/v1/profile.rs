//! GET and PATCH /api/v1/profile, DELETE /api/v1/profile/avatar and /header

use app::accounts::update;
use app::media::portrait::Portrait;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::Shared;
use wire::mastodon::{CredentialAccount, Profile};

use super::accounts::update_credentials::change;
use crate::error::Result;
use crate::extract::viewer::{Credentials, WriteAccounts};
use crate::extract::{Scoped, Upload};

/// Source: docs.joinmastodon.org/methods/profile/#get
pub async fn show(State(app): State<App>, viewer: Scoped<Credentials>) -> Result<Json<Profile>> {
    Ok(Json(present::account::profile(&app, &viewer).await?))
}

/// Source: docs.joinmastodon.org/methods/profile/#update
pub async fn update(State(app): State<App>, upload: Upload<WriteAccounts>) -> Result<Json<Profile>> {
    let Upload { viewer, params } = upload;
    update::update(&app, &viewer, change(params)?).await?;
    Ok(Json(present::account::profile(&app, &viewer).await?))
}

/// Source: docs.joinmastodon.org/methods/profile/#delete-profile-avatar
pub async fn delete_avatar(State(app): State<App>, viewer: Scoped<WriteAccounts>) -> Result<Json<Shared<CredentialAccount>>> {
    update::remove_picture(&app, &viewer, Portrait::Avatar).await?;
    Ok(Json(present::account::credentials(&app, &viewer).await?))
}

/// Source: docs.joinmastodon.org/methods/profile/#delete-profile-header
pub async fn delete_header(State(app): State<App>, viewer: Scoped<WriteAccounts>) -> Result<Json<Shared<CredentialAccount>>> {
    update::remove_picture(&app, &viewer, Portrait::Header).await?;
    Ok(Json(present::account::credentials(&app, &viewer).await?))
}
