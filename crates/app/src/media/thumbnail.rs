//! The thumbnail that somebody gives an upload: it is its preview in place of the one made from the file.

use bytes::Bytes;
use store::media::{self, NewBlob};
use store::{MediaId, Tx};

use super::image::{self, ImageError};
use super::limits::{limits, refusal};
use crate::{App, Error, Result, Words};

/// A thumbnail that is stored and not an upload's yet.
pub(crate) struct Prepared {
    blob: NewBlob,
    size: (i64, i64),
    blurhash: String,
}

/// Shrinks a picture to the size of previews, without its metadata, and stores it.
///
/// Errors: `Invalid` or `Refused` for what is no picture, broken or too large; nothing is kept then.
pub(crate) async fn prepare(app: &App, picture: Bytes) -> Result<Prepared> {
    let limits = limits(app);
    let permit = app.picture_permits.clone().acquire_owned().await.map_err(Error::internal)?;
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        image::thumbnail(&picture, &limits)
    });
    let (small, blurhash) = work.await.map_err(|_| Error::internal("the picture thread panicked"))?.map_err(refused)?;
    let size = (i64::from(small.width), i64::from(small.height));
    let stored = app.files.put(small.bytes.into(), small.ext).await.map_err(|e| Error::Temporary(format!("the picture cannot be stored: {e}")))?;
    let bytes = i64::try_from(stored.size).unwrap_or(i64::MAX);
    Ok(Prepared { blob: NewBlob { size: bytes, backend: "local".into(), key: stored.key, mime: small.mime.into() }, size, blurhash })
}

/// Makes it the preview of `media`; processing leaves it there.
pub(crate) async fn keep(tx: &Tx, media: MediaId, thumbnail: &Prepared) -> Result<()> {
    let blob = media::ensure_blob(tx, &thumbnail.blob).await?;
    for variant in ["thumbnail", "small"] {
        media::set_file(tx, media, variant, blob, Some(thumbnail.size)).await?;
    }
    Ok(media::set_blurhash(tx, media, &thumbnail.blurhash).await?)
}

fn refused(error: ImageError) -> Error {
    match error {
        ImageError::Unrecognised => Error::invalid("invalid-thumbnail-type"),
        ImageError::TooManyBytes { max } => {
            Error::Invalid(vec![Words::new("invalid-thumbnail-size").with("max", format!("{} MB", max / 1024 / 1024))])
        }
        other => refusal(other),
    }
}
