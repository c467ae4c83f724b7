//! GET /api/v1/instance/domain_blocks

use app::{App, Error};
use axum::Json;
use axum::extract::State;

use crate::error::Result;
use crate::extract::viewer::Anybody;

/// Nothing, since no server can be blocked here yet; to those whom the setting `show_domain_blocks` names, else 404.
/// Source: docs.joinmastodon.org/methods/instance/#domain_blocks
pub async fn handler(State(app): State<App>, anybody: Anybody) -> Result<Json<Vec<String>>> {
    let setting = app.settings.get("show_domain_blocks");
    if setting == "all" || setting == "users" && anybody.viewer().is_some() { Ok(Json(Vec::new())) } else { Err(Error::not_found().into()) }
}
