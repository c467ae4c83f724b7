//! GET /api/v1/scheduled_statuses

use app::statuses::schedule;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::ScheduledStatus;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 20;

/// Source: docs.joinmastodon.org/methods/scheduled_statuses/#get
pub async fn handler(
    State(app): State<App>,
    viewer: Scoped<ReadStatuses>,
    uri: Uri,
    params: Params,
) -> Result<(HeaderMap, Json<Vec<ScheduledStatus>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let rows = schedule::list(&app, &viewer, page).await?;
    let keys: Vec<i64> = rows.iter().map(|row| row.id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::List, &page, &keys);
    Ok((link, Json(present::scheduled_status::scheduled_statuses(&app, rows).await?)))
}
