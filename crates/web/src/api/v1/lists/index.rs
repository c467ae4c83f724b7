//! GET and POST /api/v1/lists

use app::lists::edit::{self, Wish};
use app::{App, lists, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::List;

use crate::error::Result;
use crate::extract::viewer::{ReadLists, WriteLists};
use crate::extract::{Params, Scoped};

/// Source: docs.joinmastodon.org/methods/lists/#get
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadLists>) -> Result<Json<Vec<List>>> {
    Ok(Json(lists::all(&app, &viewer).await?.iter().map(present::list::list).collect()))
}

/// Source: docs.joinmastodon.org/methods/lists/#create
pub async fn create(State(app): State<App>, viewer: Scoped<WriteLists>, params: Params) -> Result<Json<List>> {
    let list = edit::create(&app, &viewer, wish(&params)?).await?;
    Ok(Json(present::list::list(&list)))
}

pub(super) fn wish(params: &Params) -> Result<Wish> {
    Ok(Wish { title: params.text("title")?, replies_policy: params.filled("replies_policy")?, exclusive: params.flag("exclusive")? })
}
