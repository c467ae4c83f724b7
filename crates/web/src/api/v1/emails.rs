//! POST /api/v1/emails/confirmations, GET /api/v1/emails/check_confirmation

use app::App;
use app::accounts::confirm;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::error::Result;
use crate::extract::Params;
use crate::extract::viewer::{AnyUser, ReadAccounts, WriteAccounts};

/// Source: docs.joinmastodon.org/methods/emails/#confirmation
pub async fn resend(State(app): State<App>, access: AnyUser<WriteAccounts>, params: Params) -> Result<Json<Value>> {
    confirm::resend_by_app(&app, &access, params.text("email")?).await?;
    Ok(Json(json!({})))
}

/// Whether the address is confirmed: a bare `true` or `false`.
pub async fn check(State(_app): State<App>, access: AnyUser<ReadAccounts>) -> Json<bool> {
    Json(access.user.as_ref().is_some_and(|user| user.confirmed))
}
