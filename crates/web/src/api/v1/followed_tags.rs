//! GET /api/v1/followed_tags

use app::{App, present, tags};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Tag;

use crate::error::Result;
use crate::extract::viewer::ReadFollows;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 100;

/// Source: docs.joinmastodon.org/methods/followed_tags/#get
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadFollows>, uri: Uri, params: Params) -> Result<(HeaderMap, Json<Vec<Tag>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let rows = tags::followed(&app, &viewer, page).await?;
    let keys: Vec<i64> = rows.iter().map(|(key, _)| *key).collect();
    let link = paging::link(&app.urls().base, &uri, Style::Accounts, &page, &keys);
    let ids = rows.into_iter().map(|(_, tag)| tag).collect();
    Ok((link, Json(present::tag::tags(&app, Some(&viewer), ids).await?)))
}
