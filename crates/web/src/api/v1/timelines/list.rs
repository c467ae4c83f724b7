//! GET /api/v1/timelines/list/:list_id

use app::ids::ListId;
use app::{App, present, timelines};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::ReadLists;
use crate::extract::{Id, Params, Scoped};
use crate::paging::{self, Style};
use crate::written::Written;

const DEFAULT_LIMIT: i64 = 20;

/// Source: docs.joinmastodon.org/methods/timelines/#list
pub async fn handler(
    State(app): State<App>,
    viewer: Scoped<ReadLists>,
    Id(id): Id<ListId>,
    uri: Uri,
    params: Params,
) -> Result<(HeaderMap, Written<Vec<Status>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let ids = timelines::list(&app, &viewer, id, page).await?;
    let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::Timeline, &page, &keys);
    Ok((link, Written(present::status::statuses(&app, Some(&viewer), ids).await?)))
}
