//! GET /api/v1/accounts/search

use app::{App, accounts, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Account;

use crate::error::Result;
use crate::extract::viewer::ReadAccounts;
use crate::extract::{Params, Scoped};

const DEFAULT_LIMIT: i64 = 40;

/// Local accounts whose name begins with the query. Source: docs.joinmastodon.org/methods/accounts/#search
pub async fn handler(State(app): State<App>, _viewer: Scoped<ReadAccounts>, params: Params) -> Result<Json<Vec<Account>>> {
    let query = params.text("q")?.unwrap_or_default();
    let page = params.page(DEFAULT_LIMIT)?;
    let found = accounts::find::search(&app, &query, page.limit).await?;
    Ok(Json(found.iter().map(|a| present::account::account(app.urls(), a)).collect()))
}
