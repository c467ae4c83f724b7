//! GET, POST and DELETE /api/v1/lists/:id/accounts

use app::ids::{AccountId, ListId};
use app::lists::members;
use app::{App, Error, Page, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};
use wire::mastodon::Account;

use crate::error::Result;
use crate::extract::viewer::{ReadLists, WriteLists};
use crate::extract::{Id, Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 40;

/// All of them, without links, for `limit=0`. Source: docs.joinmastodon.org/methods/lists/#accounts
pub async fn handler(
    State(app): State<App>,
    viewer: Scoped<ReadLists>,
    Id(id): Id<ListId>,
    uri: Uri,
    params: Params,
) -> Result<(HeaderMap, Json<Vec<Account>>)> {
    if params.text("limit")?.as_deref() == Some("0") {
        let ids = members::page(&app, &viewer, id, Page::first(members::ALL_MAX)).await?;
        return Ok((HeaderMap::new(), Json(present::account::accounts(&app, ids).await?)));
    }
    let page = Page { min_id: None, ..params.page(DEFAULT_LIMIT)? };
    let ids = members::page(&app, &viewer, id, page).await?;
    let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::Accounts, &page, &keys);
    Ok((link, Json(present::account::accounts(&app, ids).await?)))
}

/// Source: docs.joinmastodon.org/methods/lists/#accounts-add
pub async fn add(State(app): State<App>, viewer: Scoped<WriteLists>, Id(id): Id<ListId>, params: Params) -> Result<Json<Value>> {
    let ids: Result<Vec<AccountId>, _> = params.texts("account_ids", false)?.iter().map(|text| text.trim().parse()).collect();
    members::add(&app, &viewer, id, ids.map_err(|_| Error::not_found())?).await?;
    Ok(Json(json!({})))
}

/// Source: docs.joinmastodon.org/methods/lists/#accounts-remove
pub async fn remove(State(app): State<App>, viewer: Scoped<WriteLists>, Id(id): Id<ListId>, params: Params) -> Result<Json<Value>> {
    members::remove(&app, &viewer, id, params.ids("account_ids", false)?).await?;
    Ok(Json(json!({})))
}
