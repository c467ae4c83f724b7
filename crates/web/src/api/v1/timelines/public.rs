//! GET /api/v1/timelines/public

use app::timelines::PublicFilter;
use app::{App, timelines};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{MaybeViewer, Params};
use crate::paging::{self, Style};
use crate::written::Written;

const DEFAULT_LIMIT: i64 = 20;

/// Source: docs.joinmastodon.org/methods/timelines/#public
pub async fn handler(
    State(app): State<App>,
    viewer: MaybeViewer<ReadStatuses>,
    uri: Uri,
    params: Params,
) -> Result<(HeaderMap, Written<Vec<Status>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let (ids, shown) = timelines::public(&app, viewer.viewer(), filter(&params)?, page).await?;
    let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::Timeline, &page, &keys);
    Ok((link, Written(shown)))
}

pub(super) fn filter(params: &Params) -> Result<PublicFilter> {
    let flag = |name| -> Result<bool> { Ok(params.flag(name)?.unwrap_or(false)) };
    Ok(PublicFilter { local: flag("local")?, remote: flag("remote")?, only_media: flag("only_media")? })
}
