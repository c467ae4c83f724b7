//! GET /api/v1/peers/search

use app::{App, instance};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::error::Result;
use crate::extract::Params;

/// Known domains that begin with `q`. Source: Mastodon's `Peers::SearchController`; the documentation leaves it out.
pub async fn handler(State(app): State<App>, params: Params) -> Result<Response> {
    let prefix = params.text("q")?.unwrap_or_default();
    Ok(match instance::search_peers(&app, &prefix).await? {
        Some(found) => Json(found).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}
