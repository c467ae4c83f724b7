//! GET /api/v1/accounts/search

use app::search::accounts::{self, Wanted};
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Account;

use crate::error::Result;
use crate::extract::viewer::ReadAccounts;
use crate::extract::{Params, Scoped};

const DEFAULT_LIMIT: i64 = 40;

/// Accounts by handle or by the beginnings of their names, for completing what somebody types.
/// With `resolve`, a handle of another server that nobody here has met is asked for there. Source: docs.joinmastodon.org/methods/accounts/#search
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadAccounts>, params: Params) -> Result<Json<Vec<Account>>> {
    let wanted = Wanted {
        query: params.text("q")?.unwrap_or_default(),
        following: params.flag("following")?.unwrap_or(false),
        bios: false,
        resolve: params.flag("resolve")?.unwrap_or(false),
        limit: params.page(DEFAULT_LIMIT)?.limit,
        offset: params.filled("offset")?.and_then(|text| text.trim().parse::<i64>().ok()).unwrap_or(0).max(0),
    };
    let found = accounts::search(&app, Some(viewer.account_id), wanted).await?;
    Ok(Json(present::account::accounts(&app, found).await?))
}
