//! GET /api/v1/bookmarks

use app::statuses::marked;
use app::{App, present};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::ReadBookmarks;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};
use crate::written::Written;

const DEFAULT_LIMIT: i64 = 20;

/// Source: docs.joinmastodon.org/methods/bookmarks/
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadBookmarks>, uri: Uri, params: Params) -> Result<(HeaderMap, Written<Vec<Status>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let found = marked::bookmarks(&app, &viewer, page).await?;
    let keys: Vec<i64> = found.marks.iter().map(|(mark, _)| *mark).collect();
    let link = paging::link(&app.urls().base, &uri, Style::List, &page, &keys);
    Ok((link, Written(present::status::statuses(&app, Some(&viewer), found.shown).await?)))
}
