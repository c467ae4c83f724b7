//! GET /api/v1/preferences

use app::present;
use axum::Json;
use wire::mastodon::Preferences;

use crate::extract::Scoped;
use crate::extract::viewer::ReadAccounts;

/// Source: docs.joinmastodon.org/methods/preferences/
pub async fn handler(viewer: Scoped<ReadAccounts>) -> Json<Preferences> {
    Json(present::account::preferences(&viewer))
}
