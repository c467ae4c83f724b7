//! GET /api/v1/accounts/:id/featured_tags, /api/v1/accounts/:id/endorsements, /api/v1/accounts/:id/identity_proofs

use app::accounts::find;
use app::ids::AccountId;
use app::{App, Error};
use axum::Json;
use axum::extract::State;
use serde_json::Value;

use crate::error::Result;
use crate::extract::viewer::{Anybody, ReadAccounts};
use crate::extract::{Id, MaybeViewer};

/// None, since none can be featured yet. Source: docs.joinmastodon.org/methods/accounts/#featured_tags
pub async fn tags(State(app): State<App>, Id(id): Id<AccountId>) -> Result<Json<Vec<Value>>> {
    find::find(&app, id).await?;
    Ok(Json(Vec::new()))
}

/// Nobody, since nobody can be featured yet. Source: docs.joinmastodon.org/methods/accounts/#endorsements
pub async fn endorsements(State(app): State<App>, _viewer: MaybeViewer<ReadAccounts>, Id(id): Id<AccountId>) -> Result<Json<Vec<Value>>> {
    find::find(&app, id).await?;
    Ok(Json(Vec::new()))
}

/// Always none, as in Mastodon. Source: docs.joinmastodon.org/methods/accounts/#identity_proofs
pub async fn identity_proofs(State(app): State<App>, anybody: Anybody, Id(id): Id<AccountId>) -> Result<Json<Vec<Value>>> {
    anybody.access().ok_or_else(|| Error::refused("error-user-required"))?.viewer()?;
    find::find(&app, id).await?;
    Ok(Json(Vec::new()))
}
