//! GET /api/v1/instance/peers

use app::{App, instance};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::error::Result;

/// 404 without a body when the administrator does not want them told.
/// Source: docs.joinmastodon.org/methods/instance/#peers
pub async fn handler(State(app): State<App>) -> Result<Response> {
    Ok(match instance::peers(&app).await? {
        Some(peers) => Json(&*peers).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}
