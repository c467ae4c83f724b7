//! GET /api/v1/timelines/home

use app::{App, timelines};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};
use crate::written::Written;

const DEFAULT_LIMIT: i64 = 20;
/// When to ask again for a feed that is being rebuilt. Mastodon's number.
const RETRY_S: i64 = 5;
const ASYNC_REFRESH: HeaderName = HeaderName::from_static("mastodon-async-refresh");

/// 206 with what is there while the feed is being rebuilt. Source: docs.joinmastodon.org/methods/timelines/#home
pub async fn handler(
    State(app): State<App>,
    viewer: Scoped<ReadStatuses>,
    uri: Uri,
    params: Params,
) -> Result<(StatusCode, HeaderMap, Written<Vec<Status>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let (home, shown) = timelines::home(&app, &viewer, page).await?;
    let keys: Vec<i64> = home.ids.iter().map(|id| id.0).collect();
    let mut headers = paging::link(&app.urls().base, &uri, Style::Timeline, &page, &keys);
    let mut status = StatusCode::OK;
    if let Some(id) = home.rebuilding {
        status = StatusCode::PARTIAL_CONTENT;
        if let Ok(value) = HeaderValue::from_str(&format!("id=\"{id}\", retry={RETRY_S}")) {
            headers.insert(ASYNC_REFRESH, value);
        }
    }
    Ok((status, headers, Written(shown)))
}
