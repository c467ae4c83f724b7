//! GET /api/v1/accounts/relationships

use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Relationship;

use crate::error::Result;
use crate::extract::viewer::ReadFollows;
use crate::extract::{Params, Scoped};

/// Accounts asked about at once.
const IDS_MAX: usize = 200;

/// Source: docs.joinmastodon.org/methods/accounts/#relationships
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadFollows>, params: Params) -> Result<Json<Vec<Relationship>>> {
    let mut ids = params.ids("id", true)?;
    ids.truncate(IDS_MAX);
    let with_suspended = params.flag("with_suspended")?.unwrap_or(false);
    Ok(Json(present::relationship::relationships(&app, &viewer, ids, with_suspended).await?))
}
