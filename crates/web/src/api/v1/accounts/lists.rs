//! GET /api/v1/accounts/:id/lists

use app::ids::AccountId;
use app::{App, lists, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::List;

use crate::error::Result;
use crate::extract::viewer::ReadLists;
use crate::extract::{Id, Scoped};

/// The viewer's lists that have the account. Source: docs.joinmastodon.org/methods/accounts/#lists
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadLists>, Id(id): Id<AccountId>) -> Result<Json<Vec<List>>> {
    Ok(Json(lists::with_member(&app, &viewer, id).await?.iter().map(present::list::list).collect()))
}
