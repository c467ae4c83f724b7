//! POST /api/v1/accounts/:id/mute and /unmute

use app::accounts::mute::{self, Manner};
use app::ids::AccountId;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Relationship;

use crate::error::Result;
use crate::extract::viewer::WriteMutes;
use crate::extract::{Id, Params, Scoped};

/// A duration that is no number is for ever, as 0. Source: docs.joinmastodon.org/methods/accounts/#mute
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteMutes>, Id(id): Id<AccountId>, params: Params) -> Result<Json<Relationship>> {
    let duration = params.filled("duration")?.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let manner = Manner { notifications: params.flag("notifications")?.unwrap_or(true), duration };
    mute::mute(&app, &viewer, id, manner).await?;
    Ok(Json(present::relationship::relationship(&app, &viewer, id).await?))
}

/// Source: docs.joinmastodon.org/methods/accounts/#unmute
pub async fn undo(State(app): State<App>, viewer: Scoped<WriteMutes>, Id(id): Id<AccountId>) -> Result<Json<Relationship>> {
    mute::unmute(&app, &viewer, id).await?;
    Ok(Json(present::relationship::relationship(&app, &viewer, id).await?))
}
