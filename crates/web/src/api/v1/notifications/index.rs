//! GET /api/v1/notifications

use app::notifications::{self, Filter};
use app::{App, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Notification;

use crate::error::Result;
use crate::extract::viewer::ReadNotifications;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 40;
const KINDS_MAX: usize = 50;

/// Source: docs.joinmastodon.org/methods/notifications/#get
pub async fn handler(
    State(app): State<App>,
    viewer: Scoped<ReadNotifications>,
    uri: Uri,
    params: Params,
) -> Result<(HeaderMap, Json<Vec<Notification>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let kinds = |name| -> Result<Vec<String>> { Ok(params.texts(name, false)?.into_iter().take(KINDS_MAX).collect()) };
    let filter = Filter { kinds: kinds("types")?, exclude_kinds: kinds("exclude_types")?, from: params.id("account_id")? };
    let rows = notifications::list(&app, &viewer, filter, page).await?;
    let keys: Vec<i64> = rows.iter().map(|n| n.id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::Timeline, &page, &keys);
    Ok((link, Json(present::notification::notifications(&app, &viewer, rows).await?)))
}
