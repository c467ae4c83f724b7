//! POST /api/v1/accounts/:id/follow and /unfollow

use app::accounts::follow::{self, Wish};
use app::ids::AccountId;
use app::{App, Error, Viewer, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Relationship;

use crate::error::Result;
use crate::extract::viewer::WriteFollows;
use crate::extract::{Id, Params, Scoped};

/// Source: docs.joinmastodon.org/methods/accounts/#follow
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteFollows>, Id(id): Id<AccountId>, params: Params) -> Result<Json<Relationship>> {
    let wish = Wish { reblogs: params.flag("reblogs")?, notify: params.flag("notify")?, languages: params.texts("languages", false)? };
    follow::follow(&app, &viewer, id, wish).await?;
    relationship(&app, &viewer, id).await
}

/// Source: docs.joinmastodon.org/methods/accounts/#unfollow
pub async fn undo(State(app): State<App>, viewer: Scoped<WriteFollows>, Id(id): Id<AccountId>) -> Result<Json<Relationship>> {
    follow::unfollow(&app, &viewer, id).await?;
    relationship(&app, &viewer, id).await
}

async fn relationship(app: &App, viewer: &Viewer, id: AccountId) -> Result<Json<Relationship>> {
    let mut all = present::relationship::relationships(app, viewer, vec![id]).await?;
    Ok(Json(all.pop().ok_or_else(Error::not_found)?))
}
