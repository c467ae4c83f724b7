//! PUT /api/v1/statuses/:id/interaction_policy

use app::ids::StatusId;
use app::statuses::quote_policy;
use app::{App, Error, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::{ScopedToken, WriteStatuses};
use crate::extract::{Id, Params};

/// An application's own token owns no status: 403. Source: docs.joinmastodon.org/methods/statuses/#edit_interaction_policy
pub async fn handler(State(app): State<App>, token: ScopedToken<WriteStatuses>, Id(id): Id<StatusId>, params: Params) -> Result<Json<Status>> {
    let viewer = token.person()?.ok_or_else(Error::forbidden)?;
    quote_policy::set(&app, viewer, id, params.filled("quote_approval_policy")?).await?;
    Ok(Json(present::status::status(&app, Some(viewer), id).await?))
}
