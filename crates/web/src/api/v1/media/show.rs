//! GET /api/v1/media/:id

use app::ids::MediaId;
use app::media::upload;
use app::{App, Error, present};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wire::mastodon::MediaAttachment;

use crate::error::Result;
use crate::extract::viewer::WriteMedia;
use crate::extract::{Id, Scoped};

/// 200 when ready, 206 while being worked on, 422 when it cannot be read.
/// Source: docs.joinmastodon.org/methods/media/#get
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteMedia>, Id(id): Id<MediaId>) -> Result<(StatusCode, Json<MediaAttachment>)> {
    let media = upload::find(&app, &viewer, id).await?;
    if upload::has_failed(&media) {
        return Err(Error::refused("error-media-failed").into());
    }
    let shown = present::media::media(app.context(), &media);
    let status = if shown.url.is_some() { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    Ok((status, Json(shown)))
}
