//! POST /oauth/revoke

use app::App;
use app::oauth::tokens;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::{client, missing};
use crate::error::Result;
use crate::extract::Params;

/// Source: docs.joinmastodon.org/methods/oauth/#revoke
pub async fn handler(State(app): State<App>, headers: HeaderMap, params: Params) -> Result<Json<Value>> {
    let application = client(&app, &headers, &params).await?;
    let token = params.filled("token")?.ok_or_else(|| missing("token"))?;
    tokens::revoke(&app, &application, &token).await?;
    Ok(Json(json!({})))
}
