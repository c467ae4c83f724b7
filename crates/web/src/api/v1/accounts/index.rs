//! GET /api/v1/accounts

use app::{App, accounts, present};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wire::mastodon::Account;

use crate::error::{Fail, Result};
use crate::extract::viewer::ReadAccounts;
use crate::extract::{MaybeViewer, Params};

const IDS_MAX: usize = 40;

/// Source: docs.joinmastodon.org/methods/accounts/#index
pub async fn handler(State(app): State<App>, _viewer: MaybeViewer<ReadAccounts>, params: Params) -> Result<Json<Vec<Account>>> {
    let ids = params.ids("id", false)?;
    if ids.len() > IDS_MAX {
        return Err(Fail::new(StatusCode::UNPROCESSABLE_ENTITY, "error-too-many-ids"));
    }
    let found = accounts::find::list(&app, ids).await?;
    Ok(Json(found.iter().map(|account| present::account::account(app.context(), account)).collect()))
}
