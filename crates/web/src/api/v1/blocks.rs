//! GET /api/v1/blocks

use app::accounts::block;
use app::{App, Page, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Account;

use crate::error::Result;
use crate::extract::viewer::ReadBlocks;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 40;

/// Source: docs.joinmastodon.org/methods/blocks/#get
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadBlocks>, uri: Uri, params: Params) -> Result<(HeaderMap, Json<Vec<Account>>)> {
    let page = Page { min_id: None, ..params.page(DEFAULT_LIMIT)? };
    let (keys, ids): (Vec<i64>, Vec<_>) = block::list(&app, &viewer, page).await?.into_iter().map(|(key, id)| (key.0, id)).unzip();
    let link = paging::link(&app.urls().base, &uri, Style::Accounts, &page, &keys);
    Ok((link, Json(present::account::accounts(&app, ids).await?)))
}
