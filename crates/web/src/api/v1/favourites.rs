//! GET /api/v1/favourites

use app::statuses::marked;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::ReadFavourites;
use crate::extract::{Params, Scoped};
use crate::paging::{self, Style};

const DEFAULT_LIMIT: i64 = 20;

/// Source: docs.joinmastodon.org/methods/favourites/
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadFavourites>, uri: Uri, params: Params) -> Result<(HeaderMap, Json<Vec<Status>>)> {
    let page = params.page(DEFAULT_LIMIT)?;
    let (keys, ids): (Vec<i64>, Vec<_>) = marked::favourites(&app, &viewer, page).await?.into_iter().unzip();
    let link = paging::link(&app.urls().base, &uri, Style::List, &page, &keys);
    Ok((link, Json(present::status::statuses(&app, Some(&viewer), ids).await?)))
}
