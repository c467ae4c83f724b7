//! GET /api/v1/conversations

use app::conversations::list::list;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Conversation;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 20;

/// Pages by the last status, not by the conversation. Source: docs.joinmastodon.org/methods/conversations/#get
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadStatuses>, uri: Uri, params: Params) -> Result<(HeaderMap, Json<Vec<Conversation>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let rows = list(&app, &viewer, page).await?;
    let keys: Vec<i64> = rows.iter().filter_map(|row| row.last_status_id).map(|id| id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::List, &page, &keys);
    Ok((link, Json(present::conversation::conversations(&app, &viewer, rows).await?)))
}
