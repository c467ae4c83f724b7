//! GET /api/v1/statuses

use app::{App, statuses};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wire::mastodon::Status;

use crate::error::{Fail, Result};
use crate::extract::viewer::ReadStatuses;
use crate::extract::{MaybeViewer, Params};

const IDS_MAX: usize = 20;

/// Source: docs.joinmastodon.org/methods/statuses/#index
pub async fn handler(State(app): State<App>, viewer: MaybeViewer<ReadStatuses>, params: Params) -> Result<Json<Vec<Status>>> {
    let ids = params.ids("id", false)?;
    if ids.len() > IDS_MAX {
        return Err(Fail::new(StatusCode::UNPROCESSABLE_ENTITY, "error-too-many-ids"));
    }
    Ok(Json(statuses::show::list(&app, viewer.viewer(), ids).await?))
}
