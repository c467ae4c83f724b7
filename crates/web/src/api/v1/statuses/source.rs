//! GET /api/v1/statuses/:id/source

use app::App;
use app::ids::StatusId;
use app::statuses::history;
use axum::Json;
use axum::extract::State;
use wire::mastodon::StatusSource;

use crate::error::Result;
use crate::extract::Id;
use crate::extract::viewer::{ReadStatuses, ScopedToken};

/// For any token that opens the scope, an application's own too. Source: docs.joinmastodon.org/methods/statuses/#source
pub async fn handler(State(app): State<App>, viewer: ScopedToken<ReadStatuses>, Id(id): Id<StatusId>) -> Result<Json<StatusSource>> {
    Ok(Json(history::source(&app, viewer.account_id(), id).await?))
}
