//! GET /api/v1/instance/activity

use app::{App, instance, present};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::error::Result;

/// 404 without a body when the administrator does not want it told.
/// Source: docs.joinmastodon.org/methods/instance/#activity
pub async fn handler(State(app): State<App>) -> Result<Response> {
    Ok(match instance::activity(&app).await? {
        Some(weeks) => Json(present::instance::activity(&weeks)).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}
