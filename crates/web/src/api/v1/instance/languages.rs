//! GET /api/v1/instance/languages

use app::present;
use axum::Json;
use wire::mastodon::instance::Language;

/// The languages a status can be said to be in. Source: Mastodon's `LanguagesController`; the documentation leaves
/// it out.
pub async fn handler() -> Json<Vec<Language>> {
    Json(present::instance::languages())
}
