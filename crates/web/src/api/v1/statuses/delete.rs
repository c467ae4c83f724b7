//! DELETE /api/v1/statuses/:id

use app::ids::StatusId;
use app::statuses::delete;
use app::{App, Error, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::WriteStatuses;
use crate::extract::{Id, Params, Scoped};

/// Source: docs.joinmastodon.org/methods/statuses/#delete
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteStatuses>, Id(id): Id<StatusId>, params: Params) -> Result<Json<Status>> {
    let shown = present::status::deleted(&app, &viewer, id).await?;
    if shown.account.id.0 != viewer.account_id.0 {
        return Err(Error::not_found().into());
    }
    delete::delete(&app, &viewer, id, params.flag("delete_media")?.unwrap_or(false)).await?;
    Ok(Json(shown))
}
