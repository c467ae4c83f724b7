//! POST /api/v1/polls/:id/votes

use app::ids::PollId;
use app::statuses::poll;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Poll;

use crate::error::{Fail, Result};
use crate::extract::viewer::WriteStatuses;
use crate::extract::{Id, Params, Scoped};

/// What is no number chooses nothing there is.
const NO_CHOICE: i64 = -1;

/// Source: docs.joinmastodon.org/methods/polls/#vote
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteStatuses>, Id(id): Id<PollId>, params: Params) -> Result<Json<Poll>> {
    let choices = if params.has("choices") { params.texts("choices", false)? } else { Vec::new() };
    if choices.is_empty() {
        return Err(Fail::missing_param("choices"));
    }
    let choices = choices.iter().map(|text| text.trim().parse().unwrap_or(NO_CHOICE)).collect();
    poll::vote(&app, &viewer, id, choices).await?;
    Ok(Json(present::poll::poll(&app, Some(viewer.account_id), id).await?))
}
