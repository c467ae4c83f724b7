//! POST /api/v1/accounts

use app::accounts::sign_up::{self, SignUp};
use app::oauth::applications;
use app::{App, Error, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Token;

use crate::error::Result;
use crate::extract::viewer::{AppToken, WriteAccounts};
use crate::extract::{ClientAddress, Params};

/// Source: docs.joinmastodon.org/methods/accounts/#create
pub async fn handler(State(app): State<App>, access: AppToken<WriteAccounts>, address: ClientAddress, params: Params) -> Result<Json<Token>> {
    sign_up::check_open(&app)?;
    let wish = SignUp {
        username: params.text("username")?.unwrap_or_default(),
        email: params.text("email")?.unwrap_or_default(),
        password: params.text("password")?.unwrap_or_default(),
        agreement: params.flag("agreement")?.unwrap_or(false),
        locale: params.filled("locale")?,
        time_zone: params.filled("time_zone")?,
        reason: params.text("reason")?,
        date_of_birth: params.text("date_of_birth")?,
        ip: address.0.to_string(),
        return_to: None,
    };
    let application = applications::find(&app, access.application_id).await?;
    let done = sign_up::sign_up(&app, wish, Some(application)).await?;
    let token = done.token.ok_or_else(|| Error::internal("a registration by an application gave no token"))?;
    Ok(Json(present::application::token(&token)))
}
