//! GET /api/v1/mutes

use app::accounts::mute;
use app::{App, Page, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::MutedAccount;

use crate::error::Result;
use crate::extract::viewer::ReadMutes;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 40;

/// Source: docs.joinmastodon.org/methods/mutes/#get
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadMutes>, uri: Uri, params: Params) -> Result<(HeaderMap, Json<Vec<MutedAccount>>)> {
    let page = Page { min_id: None, ..params.page(DEFAULT_LIMIT)? };
    let mutes = mute::list(&app, &viewer, page).await?;
    let keys: Vec<i64> = mutes.iter().map(|mute| mute.id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::Accounts, &page, &keys);
    Ok((link, Json(present::account::muted(&app, mutes).await?)))
}
