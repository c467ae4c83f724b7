//! GET /api/v2/notifications/:group_key/accounts

use app::notifications::groups;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Account;

use crate::error::Result;
use crate::extract::viewer::ReadNotifications;
use crate::extract::{Name, Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 40;

/// Paged by the notifications' ids. Source: docs.joinmastodon.org/methods/grouped_notifications/#get-group-accounts
pub async fn handler(
    State(app): State<App>,
    viewer: Scoped<ReadNotifications>,
    Name(key): Name,
    uri: Uri,
    params: Params,
) -> Result<(HeaderMap, Json<Vec<Account>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let (keys, ids): (Vec<_>, Vec<_>) = groups::senders(&app, &viewer, key, page).await?.into_iter().map(|(key, id)| (key.0, id)).unzip();
    let link = paging::link(&app.urls().base, &uri, Style::List, &page, &keys);
    Ok((link, Json(present::account::accounts(&app, ids).await?)))
}
