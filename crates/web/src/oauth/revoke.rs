//! POST /oauth/revoke

use app::oauth::tokens;
use app::{App, Error};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::client;
use crate::error::{Fail, Result};
use crate::extract::Params;

/// A client that cannot prove itself may not revoke, whatever the token is. A token that is missing or unknown is as
/// good as revoked. Source: docs.joinmastodon.org/methods/oauth/#revoke
pub async fn handler(State(app): State<App>, headers: HeaderMap, params: Params) -> Result<Json<Value>> {
    let application = client(&app, &headers, &params).await.map_err(|fail| match fail.error {
        Error::OAuth { code: "invalid_client", .. } => Error::oauth("unauthorized_client", "oauth-unauthorized-revoke").into(),
        error => Fail { error, ..fail },
    })?;
    if let Some(token) = params.filled("token")? {
        tokens::revoke(&app, &application, &token).await?;
    }
    Ok(Json(json!({})))
}
