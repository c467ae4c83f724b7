//! POST /api/v1/apps

use app::oauth::applications::{self, Introduction};
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::CredentialApplication;

use crate::error::Result;
use crate::extract::Params;

/// Source: docs.joinmastodon.org/methods/apps/#create
pub async fn handler(State(app): State<App>, params: Params) -> Result<Json<CredentialApplication>> {
    let introduction = Introduction {
        name: params.text("client_name")?.unwrap_or_default(),
        redirect_uris: params.texts("redirect_uris", true)?,
        // A list of scopes is no text, and so means the default.
        scopes: if params.is_list("scopes") { None } else { params.text("scopes")? },
        website: params.text("website")?,
    };
    let registered = applications::register(&app, introduction).await?;
    Ok(Json(present::application::registered(&app, &registered)))
}
