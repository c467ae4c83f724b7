//! PUT /api/v1/media/:id

use app::ids::MediaId;
use app::media::upload::{self, Description};
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::MediaAttachment;

use crate::error::Result;
use crate::extract::viewer::WriteMedia;
use crate::extract::{Id, Upload};

/// Source: docs.joinmastodon.org/methods/media/#update
pub async fn handler(State(app): State<App>, Id(id): Id<MediaId>, upload: Upload<WriteMedia>) -> Result<Json<MediaAttachment>> {
    let Upload { viewer, params } = upload;
    let thumbnail = params.picture("thumbnail")?;
    let description = Description { description: params.text("description")?, focus: params.text("focus")? };
    let media = upload::update(&app, &viewer, id, thumbnail, description).await?;
    Ok(Json(present::media::media(app.context(), &media)))
}
