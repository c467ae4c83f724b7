//! GET /api/v1/polls/:id

use app::ids::PollId;
use app::statuses::poll;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Poll;

use crate::error::Result;
use crate::extract::viewer::ReadStatuses;
use crate::extract::{Id, MaybeViewer};

/// Source: docs.joinmastodon.org/methods/polls/#get
pub async fn handler(State(app): State<App>, viewer: MaybeViewer<ReadStatuses>, Id(id): Id<PollId>) -> Result<Json<Poll>> {
    poll::show(&app, viewer.account_id(), id).await?;
    Ok(Json(present::poll::poll(&app, viewer.account_id(), id).await?))
}
