//! GET /api/v1/timelines/tag/:hashtag

use app::timelines::TagNames;
use app::{App, present, timelines};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Status;

use super::public::filter;
use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{MaybeViewer, Name, Params};
use crate::paging::{self, Style};
use crate::written::Written;

const DEFAULT_LIMIT: i64 = 20;

/// Source: docs.joinmastodon.org/methods/timelines/#tag
pub async fn handler(
    State(app): State<App>,
    viewer: MaybeViewer<ReadStatuses>,
    Name(name): Name,
    uri: Uri,
    params: Params,
) -> Result<(HeaderMap, Written<Vec<Status>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let names = TagNames { name, any: params.texts("any", true)?, all: params.texts("all", true)?, none: params.texts("none", true)? };
    let ids = timelines::tag(&app, viewer.viewer(), names, filter(&params)?, page).await?;
    let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::Timeline, &page, &keys);
    Ok((link, Written(present::status::statuses(&app, viewer.viewer(), ids).await?)))
}
