//! GET /api/v1/endorsements

use axum::Json;
use wire::mastodon::Account;

use crate::extract::Scoped;
use crate::extract::viewer::ReadAccounts;

/// Nobody, since nobody can be featured yet. Source: docs.joinmastodon.org/methods/endorsements/#get
pub async fn handler(_viewer: Scoped<ReadAccounts>) -> Json<Vec<Account>> {
    Json(Vec::new())
}
