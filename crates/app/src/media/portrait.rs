//! A profile's pictures: cut to their size, stored, and kept under an id of their own.

use bytes::Bytes;
use store::media::{self, NewBlob};
use store::{MediaId, Tx};

use super::image::{self, Encoded, ImageError};
use super::limits::limits;
use crate::files::Stored;
use crate::{App, Error, Result, Words};

/// Bytes of an uploaded avatar or header. Source: docs.joinmastodon.org/user/profile/#avatar
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Which picture of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portrait {
    Avatar,
    Header,
}

impl Portrait {
    /// Width and height in pixels.
    const fn size(self) -> (u32, u32) {
        match self {
            Portrait::Avatar => (400, 400),
            Portrait::Header => (1500, 500),
        }
    }

    fn refusal(self, error: &ImageError) -> Error {
        let (type_id, size_id) = match self {
            Portrait::Avatar => ("invalid-avatar-type", "invalid-avatar-size"),
            Portrait::Header => ("invalid-header-type", "invalid-header-size"),
        };
        let words = match error {
            ImageError::TooManyBytes { max } => Words::new(size_id).with("max", format!("{} MB", max / 1024 / 1024)),
            ImageError::Unrecognised => Words::new(type_id),
            ImageError::TooManyPixels { w, h } => return Error::Refused(Words::new("error-media-dimensions").with("width", w).with("height", h)),
            ImageError::TooManyFrames | ImageError::Broken(_) => return Error::refused("error-media-failed"),
        };
        Error::Invalid(vec![words])
    }
}

/// A picture that is stored and not anybody's yet.
pub(crate) struct Prepared(Vec<(&'static str, NewBlob, (i64, i64))>);

/// Cuts and stores a picture. A moving one stays as it is and gets a still form; one with more bytes than we take from other
/// servers becomes still.
///
/// Errors: `Invalid` or `Refused` for what is no picture or too large.
pub(crate) async fn prepare(app: &App, portrait: Portrait, file: Bytes) -> Result<Prepared> {
    let limits = image::Limits { max_bytes: MAX_BYTES, max_stored_bytes: app.options.media.remote_portrait_bytes, ..limits(app) };
    let permit = app.picture_permits.clone().acquire_owned().await.map_err(Error::internal)?;
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        cut(&file, &limits, portrait)
    });
    let files = work.await.map_err(|_| Error::internal("the picture thread panicked"))?.map_err(|error| portrait.refusal(&error))?;
    let bytes = files.iter().map(|(_, file)| (Bytes::from(file.bytes.clone()), file.ext.to_owned())).collect();
    let stored = app.files.put_all(bytes).await.map_err(|e| Error::Temporary(format!("the picture cannot be stored: {e}")))?;
    let row = |((variant, file), stored): ((&'static str, Encoded), Stored)| {
        let blob = NewBlob { size: i64::try_from(stored.size).unwrap_or(i64::MAX), backend: "local".into(), key: stored.key, mime: file.mime.into() };
        (variant, blob, (i64::from(file.width), i64::from(file.height)))
    };
    Ok(Prepared(files.into_iter().zip(stored).map(row).collect()))
}

fn cut(file: &[u8], limits: &image::Limits, portrait: Portrait) -> std::result::Result<Vec<(&'static str, Encoded)>, ImageError> {
    let (width, height) = portrait.size();
    image::probe(file, limits)?;
    let still = image::cover(file, limits, width, height)?;
    if file.starts_with(b"GIF8") {
        match image::process(file, limits) {
            Ok(moving) if moving.animated => return Ok(vec![("original", moving.original), ("static", still)]),
            Ok(_) | Err(ImageError::TooManyBytes { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(vec![("original", still)])
}

/// Makes the rows of a prepared picture; returns its id.
pub(crate) async fn keep(tx: &Tx, picture: &Prepared) -> Result<MediaId> {
    let id = MediaId(tx.next_id());
    for (variant, blob, size) in &picture.0 {
        let blob = media::ensure_blob(tx, blob).await?;
        media::set_file(tx, id, variant, blob, Some(*size)).await?;
    }
    Ok(id)
}
