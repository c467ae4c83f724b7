//! GET, PUT and DELETE /api/v1/lists/:id

use app::ids::ListId;
use app::lists::edit;
use app::{App, lists, present};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use wire::mastodon::List;

use super::index::wish;
use crate::error::Result;
use crate::extract::viewer::{ReadLists, WriteLists};
use crate::extract::{Id, Params, Scoped};

/// Source: docs.joinmastodon.org/methods/lists/#get-one
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadLists>, Id(id): Id<ListId>) -> Result<Json<List>> {
    Ok(Json(present::list::list(&lists::show(&app, &viewer, id).await?)))
}

/// Source: docs.joinmastodon.org/methods/lists/#update
pub async fn update(State(app): State<App>, viewer: Scoped<WriteLists>, Id(id): Id<ListId>, params: Params) -> Result<Json<List>> {
    let list = edit::update(&app, &viewer, id, wish(&params)?).await?;
    Ok(Json(present::list::list(&list)))
}

/// Source: docs.joinmastodon.org/methods/lists/#delete
pub async fn delete(State(app): State<App>, viewer: Scoped<WriteLists>, Id(id): Id<ListId>) -> Result<Json<Value>> {
    edit::delete(&app, &viewer, id).await?;
    Ok(Json(json!({})))
}
