//! GET /api/v1/follow_requests, POST /api/v1/follow_requests/:account_id/authorize and /reject

use app::accounts::follow_requests;
use app::ids::AccountId;
use app::{App, Page, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::{Account, Relationship};

use crate::error::Result;
use crate::extract::viewer::{ReadFollows, WriteFollows};
use crate::extract::{Id, Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 40;

/// Source: docs.joinmastodon.org/methods/follow_requests/#get
pub async fn index(State(app): State<App>, viewer: Scoped<ReadFollows>, uri: Uri, params: Params) -> Result<(HeaderMap, Json<Vec<Account>>)> {
    let page = Page { min_id: None, ..params.page(DEFAULT_LIMIT)? };
    let rows = follow_requests::list(&app, &viewer, page).await?;
    let (keys, ids): (Vec<i64>, Vec<_>) = rows.into_iter().map(|(key, id)| (key.0, id)).unzip();
    let link = paging::link(&app.urls().base, &uri, Style::Accounts, &page, &keys);
    Ok((link, Json(present::account::accounts(&app, ids).await?)))
}

/// Source: docs.joinmastodon.org/methods/follow_requests/#accept
pub async fn authorize(State(app): State<App>, viewer: Scoped<WriteFollows>, Id(id): Id<AccountId>) -> Result<Json<Relationship>> {
    follow_requests::authorize(&app, &viewer, id).await?;
    Ok(Json(present::relationship::relationship(&app, &viewer, id).await?))
}

/// Source: docs.joinmastodon.org/methods/follow_requests/#reject
pub async fn reject(State(app): State<App>, viewer: Scoped<WriteFollows>, Id(id): Id<AccountId>) -> Result<Json<Relationship>> {
    follow_requests::reject(&app, &viewer, id).await?;
    Ok(Json(present::relationship::relationship(&app, &viewer, id).await?))
}
