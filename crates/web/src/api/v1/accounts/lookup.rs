//! GET /api/v1/accounts/lookup

use app::{App, accounts, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Account;

use crate::error::{Fail, Result};
use crate::extract::viewer::ReadAccounts;
use crate::extract::{MaybeViewer, Params};

/// Source: docs.joinmastodon.org/methods/accounts/#lookup
pub async fn handler(State(app): State<App>, _viewer: MaybeViewer<ReadAccounts>, params: Params) -> Result<Json<Account>> {
    let acct = params.filled("acct")?.ok_or_else(|| Fail::missing_param("acct"))?;
    let account = accounts::find::find_known(&app, &acct).await?;
    Ok(Json(present::account::account(app.context(), &account)))
}
