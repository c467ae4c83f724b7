//! POST /api/v1/accounts/:id/note

use app::accounts::note;
use app::ids::AccountId;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Relationship;

use crate::error::Result;
use crate::extract::viewer::WriteAccounts;
use crate::extract::{Id, Params, Scoped};

/// Source: docs.joinmastodon.org/methods/accounts/#note
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteAccounts>, Id(id): Id<AccountId>, params: Params) -> Result<Json<Relationship>> {
    note::note(&app, &viewer, id, params.text("comment")?.unwrap_or_default()).await?;
    Ok(Json(present::relationship::relationship(&app, &viewer, id).await?))
}
