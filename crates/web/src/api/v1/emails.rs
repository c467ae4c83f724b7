//! POST /api/v1/emails/confirmations, GET /api/v1/emails/check_confirmation

use app::App;
use app::accounts::confirm;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::error::{Fail, Result};
use crate::extract::Params;
use crate::extract::viewer::{AnyUser, ReadAccounts, WriteAccounts};
use crate::web::Web;

/// Source: docs.joinmastodon.org/methods/emails/#confirmation
pub async fn resend(State(web): State<Web>, access: AnyUser<WriteAccounts>, params: Params) -> Result<Json<Value>> {
    let user = access.user.as_ref().map(|user| user.viewer.user_id.to_string()).unwrap_or_default();
    if !web.rates.may_mail(&web, &user) {
        return Err(Fail::new(StatusCode::TOO_MANY_REQUESTS, "error-rate-limited"));
    }
    confirm::resend_by_app(&web.app, &access, params.text("email")?).await?;
    Ok(Json(json!({})))
}

/// Whether the address is confirmed: a bare `true` or `false`.
pub async fn check(State(_app): State<App>, access: AnyUser<ReadAccounts>) -> Json<bool> {
    Json(access.user.as_ref().is_some_and(|user| user.confirmed))
}
