//! GET /api/v1/accounts/:id/followers and /following

use app::accounts::follow::{self, Direction};
use app::ids::AccountId;
use app::{App, Page, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Account;

use crate::error::Result;
use crate::extract::viewer::ReadAccounts;
use crate::extract::{Id, MaybeViewer, Params};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 40;
type Answer = Result<(HeaderMap, Json<Vec<Account>>)>;

/// Source: docs.joinmastodon.org/methods/accounts/#followers
pub async fn handler(State(app): State<App>, viewer: MaybeViewer<ReadAccounts>, Id(id): Id<AccountId>, uri: Uri, params: Params) -> Answer {
    page(&app, viewer.account_id(), id, &uri, &params, Direction::Followers).await
}

/// Source: docs.joinmastodon.org/methods/accounts/#following
pub async fn following(State(app): State<App>, viewer: MaybeViewer<ReadAccounts>, Id(id): Id<AccountId>, uri: Uri, params: Params) -> Answer {
    page(&app, viewer.account_id(), id, &uri, &params, Direction::Following).await
}

async fn page(app: &App, viewer: Option<AccountId>, id: AccountId, uri: &Uri, params: &Params, direction: Direction) -> Answer {
    let page = Page { min_id: None, ..params.page(DEFAULT_LIMIT)? };
    let rows = follow::list(app, viewer, id, direction, page).await?;
    let keys: Vec<i64> = rows.iter().map(|(key, _)| key.0).collect();
    let link = paging::link(&app.urls().base, uri, Style::Accounts, &page, &keys);
    let ids = rows.into_iter().map(|(_, account)| account).collect();
    Ok((link, Json(present::account::accounts(app, ids).await?)))
}
