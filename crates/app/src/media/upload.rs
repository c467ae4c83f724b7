//! Uploading: the file is durable and its processing queued before anything is answered.

use std::time::Duration;

use bytes::Bytes;
use store::MediaId;
use store::media::{self, Media, NewBlob, Words as MediaWords};
use text::Limit;

use crate::bus::Event;
use crate::media::image::{self};
use crate::media::limits::{limits, refusal};
use crate::media::thumbnail;
use crate::queue::{self, ProcessMedia};
use crate::{App, Error, Result, Viewer, Words};

/// How long an upload waits for its processing before it is answered "not ready yet".
const PATIENCE: Duration = Duration::from_secs(20);
/// Millionths in one.
const FOCUS_UNIT: f64 = 1_000_000.0;
/// Where an upload's bytes wait for processing.
pub(crate) const UPLOAD_EXT: &str = "bin";

/// What comes with a file.
#[derive(Clone, Debug, Default)]
pub struct Description {
    pub description: Option<String>,
    /// `x,y` within -1 to 1.
    pub focus: Option<String>,
}

/// Stores an upload and waits a while for it to be ready. Its preview is `thumbnail`, if there is one.
///
/// Errors: `Invalid`/`Refused` for what is no picture, too large or described too long; nothing is
/// kept then. Source: docs.joinmastodon.org/methods/media/#v2
pub async fn upload(app: &App, viewer: &Viewer, file: Bytes, thumbnail: Option<Bytes>, description: Description) -> Result<Media> {
    let words = words(app, &description)?;
    image::probe(&file, &limits(app)).map_err(refusal)?;
    let thumbnail = prepared(app, thumbnail).await?;
    let mut events = app.bus.listen();
    let stored = app.files.put(file, UPLOAD_EXT).await.map_err(|e| Error::Temporary(format!("the upload cannot be stored: {e}")))?;
    let account = viewer.account_id;
    let id = app
        .write(move |tx| async move {
            let id = media::insert(&tx, account, media::KIND_IMAGE, &words).await?;
            let blob = NewBlob {
                size: i64::try_from(stored.size).unwrap_or(i64::MAX),
                backend: "local".into(),
                key: stored.key,
                mime: "application/octet-stream".into(),
            };
            let blob = media::ensure_blob(&tx, &blob).await?;
            media::set_file(&tx, id, "upload", blob, None).await?;
            if let Some(thumbnail) = thumbnail {
                thumbnail::keep(&tx, id, &thumbnail).await?;
            }
            queue::enqueue(&tx, &ProcessMedia { media: id }).await?;
            Ok(id)
        })
        .await?;
    let done = async {
        while let Ok(event) = events.recv().await {
            // What was missed may be the end: the row says.
            if event == (Event::MediaDone { media: id }) || event == Event::Missed {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, done).await;
    let media = app.read(move |r| async move { media::find(&r, id).await?.ok_or_else(Error::not_found) }).await?;
    if media.processing == media::FAILED { Err(Error::refused("error-media-failed")) } else { Ok(media) }
}

/// The viewer's own attachment that is not part of a status yet.
///
/// Errors: `NotFound`.
pub async fn find(app: &App, viewer: &Viewer, id: MediaId) -> Result<Media> {
    let account = viewer.account_id;
    app.read(
        move |r| async move { media::find(&r, id).await?.filter(|m| m.account_id == account && m.status_id.is_none()).ok_or_else(Error::not_found) },
    )
    .await
}

/// Changes the words of an attachment that is not part of a status yet, and its preview if there is a `thumbnail`.
///
/// Errors: `NotFound`; `Invalid`/`Refused` as in [`upload`], and nothing is changed then. Source: docs.joinmastodon.org/methods/media/#update
pub async fn update(app: &App, viewer: &Viewer, id: MediaId, thumbnail: Option<Bytes>, description: Description) -> Result<Media> {
    let (account, words) = (viewer.account_id, words(app, &description)?);
    find(app, viewer, id).await?;
    let thumbnail = prepared(app, thumbnail).await?;
    app.write(move |tx| async move {
        media::find(&tx, id).await?.filter(|m| m.account_id == account && m.status_id.is_none()).ok_or_else(Error::not_found)?;
        media::set_words(&tx, id, &words).await?;
        if let Some(thumbnail) = thumbnail {
            thumbnail::keep(&tx, id, &thumbnail).await?;
        }
        media::find(&tx, id).await?.ok_or_else(Error::not_found)
    })
    .await
}

/// Deletes an attachment of the viewer's that no status has; its bytes go by and by.
///
/// Errors: `NotFound`; `Refused` when a status, posted or scheduled, has it.
/// Source: docs.joinmastodon.org/methods/media/#delete
pub async fn delete(app: &App, viewer: &Viewer, id: MediaId) -> Result<()> {
    let account = viewer.account_id;
    app.write(move |tx| async move {
        let media = media::find(&tx, id).await?.filter(|m| m.account_id == account).ok_or_else(Error::not_found)?;
        if media.status_id.is_some() || media.former_status_id.is_some() || media.scheduled_status_id.is_some() {
            return Err(Error::refused("error-media-in-use"));
        }
        Ok(media::delete(&tx, id).await?)
    })
    .await
}

async fn prepared(app: &App, thumbnail: Option<Bytes>) -> Result<Option<thumbnail::Prepared>> {
    match thumbnail {
        Some(picture) => thumbnail::prepare(app, picture).await.map(Some),
        None => Ok(None),
    }
}

pub(crate) fn words(app: &App, given: &Description) -> Result<MediaWords> {
    let limit = Limit::code_points(app.options.limits.description_chars);
    if let Some(problem) = given.description.as_deref().and_then(|text| Words::if_too_long("invalid-description-too-long", text, limit)) {
        return Err(Error::Invalid(vec![problem]));
    }
    let focus = match given.focus.as_deref().filter(|f| !f.trim().is_empty()) {
        None => None,
        Some(text) => {
            let (x, y) = image::parse_focus(text).ok_or_else(|| Error::invalid("invalid-focus"))?;
            Some((millionths(x), millionths(y)))
        }
    };
    Ok(MediaWords { description: given.description.as_ref().map(|d| d.trim().to_owned()), focus })
}

fn millionths(value: f64) -> i64 {
    (value * FOCUS_UNIT).round() as i64
}

/// Whether the upload cannot be read.
pub fn has_failed(media: &Media) -> bool {
    media.processing == media::FAILED
}
