//! GET /api/v1/notifications

use app::ids::AccountId;
use app::notifications::{Filter, Kind};
use app::{App, notifications};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Notification;

use crate::error::Result;
use crate::extract::viewer::ReadNotifications;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};
use crate::written::Written;

pub const DEFAULT_LIMIT: i64 = 40;
/// Kinds that one request may name.
const KINDS_MAX: usize = 50;

/// Source: docs.joinmastodon.org/methods/notifications/#get
pub async fn handler(
    State(app): State<App>,
    viewer: Scoped<ReadNotifications>,
    uri: Uri,
    params: Params,
) -> Result<(HeaderMap, Written<Vec<Notification>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let (ids, shown) = notifications::page::page(&app, &viewer, filter(&params)?, page).await?;
    let keys: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let link = paging::link(&app.urls().base, &uri, Style::Timeline, &page, &keys);
    Ok((link, Written(shown)))
}

/// Which notifications are wanted.
pub fn filter(params: &Params) -> Result<Filter> {
    // What is no number names no account.
    let from = params.filled("account_id")?.map(|id| AccountId(id.trim().parse().unwrap_or(0)));
    let include_filtered = params.flag("include_filtered")?.unwrap_or(false);
    Ok(Filter { kinds: kinds(params, "types")?, exclude_kinds: kinds(params, "exclude_types")?, from, include_filtered })
}

/// A list of kinds; a word that names none stays one that nothing is of.
pub fn kinds(params: &Params, name: &str) -> Result<Vec<Kind>> {
    Ok(params.texts(name, false)?.iter().take(KINDS_MAX).map(|word| Kind::from_word(word)).collect())
}
