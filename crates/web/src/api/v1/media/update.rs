//! PUT /api/v1/media/:id

use app::ids::MediaId;
use app::media::upload::{self, Description};
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::MediaAttachment;

use crate::error::Result;
use crate::extract::viewer::WriteMedia;
use crate::extract::{Id, Params, Scoped};

/// Source: docs.joinmastodon.org/methods/media/#update
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteMedia>, Id(id): Id<MediaId>, params: Params) -> Result<Json<MediaAttachment>> {
    let description = Description { description: params.text("description")?, focus: params.text("focus")? };
    let media = upload::update(&app, &viewer, id, description).await?;
    Ok(Json(present::media::media(app.urls(), &media)))
}
