//! POST /oauth/token

use app::oauth::tokens;
use app::{App, Error, present};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use wire::mastodon::Token;

use super::{client, missing};
use crate::error::Result;
use crate::extract::Params;

/// Source: docs.joinmastodon.org/methods/oauth/#token
pub async fn handler(State(app): State<App>, headers: HeaderMap, params: Params) -> Result<Json<Token>> {
    let grant_type = params.filled("grant_type")?.ok_or_else(|| missing("grant_type"))?;
    if !matches!(grant_type.as_str(), "authorization_code" | "client_credentials") {
        return Err(Error::oauth("unsupported_grant_type", "oauth-unsupported-grant-type").into());
    }
    let application = client(&app, &headers, &params).await?;
    let given = if grant_type == "client_credentials" {
        tokens::from_credentials(&app, &application, params.text("scope")?.as_deref()).await?
    } else {
        let code = params.filled("code")?.ok_or_else(|| missing("code"))?;
        let redirect_uri = params.filled("redirect_uri")?.ok_or_else(|| missing("redirect_uri"))?;
        let verifier = params.filled("code_verifier")?;
        tokens::from_code(&app, &application, &code, &redirect_uri, verifier.as_deref()).await?
    };
    Ok(Json(present::application::token(&given)))
}
