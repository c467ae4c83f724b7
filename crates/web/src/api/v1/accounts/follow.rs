//! POST /api/v1/accounts/:id/follow, /unfollow and /remove_from_followers

use app::accounts::follow::{self, Wish};
use app::ids::AccountId;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Relationship;

use crate::error::Result;
use crate::extract::viewer::WriteFollows;
use crate::extract::{Id, Params, Scoped};

/// Source: docs.joinmastodon.org/methods/accounts/#follow
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteFollows>, Id(id): Id<AccountId>, params: Params) -> Result<Json<Relationship>> {
    let languages = if params.has("languages") { Some(params.texts("languages", false)?) } else { None };
    let wish = Wish { reblogs: params.flag("reblogs")?, notify: params.flag("notify")?, languages };
    follow::follow(&app, &viewer, id, wish).await?;
    Ok(Json(present::relationship::relationship(&app, &viewer, id).await?))
}

/// Source: docs.joinmastodon.org/methods/accounts/#unfollow
pub async fn undo(State(app): State<App>, viewer: Scoped<WriteFollows>, Id(id): Id<AccountId>) -> Result<Json<Relationship>> {
    follow::unfollow(&app, &viewer, id).await?;
    Ok(Json(present::relationship::relationship(&app, &viewer, id).await?))
}

/// Source: docs.joinmastodon.org/methods/accounts/#remove_from_followers
pub async fn remove_follower(State(app): State<App>, viewer: Scoped<WriteFollows>, Id(id): Id<AccountId>) -> Result<Json<Relationship>> {
    follow::remove_follower(&app, &viewer, id).await?;
    Ok(Json(present::relationship::relationship(&app, &viewer, id).await?))
}
