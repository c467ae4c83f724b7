//! GET /api/v1/statuses/:id/favourited_by and /reblogged_by

use app::ids::{AccountId, StatusId};
use app::statuses::marked;
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

/// Source: docs.joinmastodon.org/methods/statuses/#favourited_by
pub async fn handler(State(app): State<App>, viewer: MaybeViewer<ReadAccounts>, Id(id): Id<StatusId>, uri: Uri, params: Params) -> Answer {
    let page = Page { min_id: None, ..params.page(DEFAULT_LIMIT)? };
    let rows = marked::favourited_by(&app, viewer.account_id(), id, page).await?;
    accounts(&app, &uri, page, rows).await
}

/// Source: docs.joinmastodon.org/methods/statuses/#reblogged_by
pub async fn reblogged_by(State(app): State<App>, viewer: MaybeViewer<ReadAccounts>, Id(id): Id<StatusId>, uri: Uri, params: Params) -> Answer {
    let page = Page { min_id: None, ..params.page(DEFAULT_LIMIT)? };
    let rows = marked::reblogged_by(&app, viewer.account_id(), id, page).await?;
    accounts(&app, &uri, page, rows).await
}

async fn accounts(app: &App, uri: &Uri, page: Page, rows: Vec<(i64, AccountId)>) -> Answer {
    let (keys, ids): (Vec<i64>, Vec<AccountId>) = rows.into_iter().unzip();
    let link = paging::link(&app.urls().base, uri, Style::Accounts, &page, &keys);
    Ok((link, Json(present::account::accounts(app, ids).await?)))
}
