//! POST /api/v2/media, and /api/v1/media, which waits in the same way

use app::media::upload::{self, Description};
use app::{App, Error, present};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wire::mastodon::MediaAttachment;

use crate::error::Result;
use crate::extract::Upload;
use crate::extract::viewer::WriteMedia;

/// 200 when ready, 202 while the picture is still being worked on.
/// Source: docs.joinmastodon.org/methods/media/#v2
pub async fn handler(State(app): State<App>, upload: Upload<WriteMedia>) -> Result<(StatusCode, Json<MediaAttachment>)> {
    let Upload { viewer, params } = upload;
    let file = params.file("file").filter(|file| !file.is_empty()).ok_or_else(|| Error::invalid("invalid-file-blank"))?;
    let thumbnail = params.picture("thumbnail")?;
    let description = Description { description: params.text("description")?, focus: params.text("focus")? };
    // Its memory is others' once the file is stored.
    drop(params);
    let media = upload::upload(&app, &viewer, file, thumbnail, description).await?;
    let shown = present::media::media(app.context(), &media);
    let status = if shown.url.is_some() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(shown)))
}
