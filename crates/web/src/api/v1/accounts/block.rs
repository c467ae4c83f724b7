//! POST /api/v1/accounts/:id/block and /unblock

use app::accounts::block;
use app::ids::AccountId;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Relationship;

use crate::error::Result;
use crate::extract::viewer::WriteBlocks;
use crate::extract::{Id, Scoped};

/// Source: docs.joinmastodon.org/methods/accounts/#block
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteBlocks>, Id(id): Id<AccountId>) -> Result<Json<Relationship>> {
    block::block(&app, &viewer, id).await?;
    Ok(Json(present::relationship::relationship(&app, &viewer, id).await?))
}

/// Source: docs.joinmastodon.org/methods/accounts/#unblock
pub async fn undo(State(app): State<App>, viewer: Scoped<WriteBlocks>, Id(id): Id<AccountId>) -> Result<Json<Relationship>> {
    block::unblock(&app, &viewer, id).await?;
    Ok(Json(present::relationship::relationship(&app, &viewer, id).await?))
}
