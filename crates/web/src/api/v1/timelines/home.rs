//! GET /api/v1/timelines/home

use app::{App, present, timelines};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 20;

/// Source: docs.joinmastodon.org/methods/timelines/#home
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadStatuses>, uri: Uri, params: Params) -> Result<(HeaderMap, Json<Vec<Status>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let ids = timelines::home(&app, &viewer, page).await?;
    let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::Timeline, &page, &keys);
    Ok((link, Json(present::status::statuses(&app, Some(&viewer), ids).await?)))
}
