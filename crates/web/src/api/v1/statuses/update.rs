//! PUT /api/v1/statuses/:id

use app::ids::StatusId;
use app::media::upload::Description;
use app::statuses::edit::{Changes, edit};
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Status;

use super::create::poll;
use crate::error::Result;
use crate::extract::viewer::WriteStatuses;
use crate::extract::{Id, Params, Scoped};

/// Attachments whose words one request may change.
const MEDIA_MAX: usize = 16;

/// Source: docs.joinmastodon.org/methods/statuses/#edit
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteStatuses>, Id(id): Id<StatusId>, params: Params) -> Result<Json<Status>> {
    let mut changes = Changes {
        text: params.text("status")?,
        spoiler_text: params.text("spoiler_text")?,
        sensitive: params.flag("sensitive")?,
        language: params.filled("language")?,
        quote_policy: params.filled("quote_approval_policy")?,
        ..Changes::default()
    };
    if params.sent("media_ids") {
        changes.media_ids = Some(params.ids("media_ids", false)?);
    }
    if params.sent("poll") {
        changes.poll = Some(poll(&params)?);
    }
    for media in params.each_within("media_attributes").into_iter().take(MEDIA_MAX) {
        if let Some(id) = media.id("id")? {
            changes.media.push((id, Description { description: media.text("description")?, focus: media.text("focus")? }));
        }
    }
    edit(&app, &viewer, id, changes).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), id).await?))
}
