//! GET /api/v1/instance/domain_blocks

use app::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::extract::viewer::Anybody;

/// Nothing, since no server can be blocked here yet; to those whom the setting `show_domain_blocks` names, else 404
/// without a body. Source: docs.joinmastodon.org/methods/instance/#domain_blocks
pub async fn handler(State(app): State<App>, anybody: Anybody) -> Response {
    let setting = app.settings.get("show_domain_blocks");
    if setting == "all" || setting == "users" && anybody.viewer().is_some() {
        Json(Vec::<String>::new()).into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}
