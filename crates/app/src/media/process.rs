//! Processing an upload: decoded, cleaned of metadata, shrunk, stored; then it can be shown.

use bytes::Bytes;
use store::MediaId;
use store::media::{self, NewBlob};
use tokio::io::AsyncReadExt;

use crate::bus::{self, Event};
use crate::files::Stored;
use crate::media::image::{self, Encoded, Processed};
use crate::media::limits::limits;
use crate::queue::Outcome;
use crate::{App, Error, Result};

/// Processes the upload of `id`. Doing it twice is the same as once.
pub async fn process(app: &App, id: MediaId) -> Result<Outcome> {
    let key = app.read(move |r| async move { Ok(media::file_key(&r, id, "upload").await?) }).await?;
    let Some(key) = key else { return Ok(Outcome::Done) };
    let Some((mut file, _)) = app.files.open(&key).await.map_err(storage)? else {
        fail(app, id).await?;
        return Ok(Outcome::Discard("the uploaded file is not there".into()));
    };
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).await.map_err(storage)?;
    let permit = app.picture_permits.clone().acquire_owned().await.map_err(Error::internal)?;
    let limits = limits(app);
    let processed = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        image::process(&bytes, &limits)
    });
    match processed.await.map_err(|_| Error::internal("the picture thread panicked"))? {
        Ok(processed) => keep(app, id, processed).await,
        Err(error) => {
            fail(app, id).await?;
            Ok(Outcome::Discard(error.to_string()))
        }
    }
}

async fn keep(app: &App, id: MediaId, picture: Processed) -> Result<Outcome> {
    let Processed { original, small, blurhash, .. } = picture;
    let variants = [Variant::of("original", &original), Variant::of("small", &small)];
    let files = vec![(Bytes::from(original.bytes), original.ext.to_owned()), (Bytes::from(small.bytes), small.ext.to_owned())];
    let stored = app.files.put_all(files).await.map_err(storage)?;
    app.write(move |tx| async move {
        if !media::complete(&tx, id, &blurhash).await? {
            return Ok(());
        }
        let has_thumbnail = media::file_key(&tx, id, "thumbnail").await?.is_some();
        for (variant, stored) in variants.iter().zip(&stored).filter(|(variant, _)| variant.name != "small" || !has_thumbnail) {
            let blob = media::ensure_blob(&tx, &variant.blob(stored)).await?;
            media::set_file(&tx, id, variant.name, blob, Some(variant.size)).await?;
        }
        media::remove_file(&tx, id, "upload").await?;
        bus::publish(&tx, &Event::MediaDone { media: id });
        Ok(())
    })
    .await?;
    Ok(Outcome::Done)
}

struct Variant {
    name: &'static str,
    mime: &'static str,
    size: (i64, i64),
}

impl Variant {
    fn of(name: &'static str, encoded: &Encoded) -> Variant {
        Variant { name, mime: encoded.mime, size: (i64::from(encoded.width), i64::from(encoded.height)) }
    }

    fn blob(&self, stored: &Stored) -> NewBlob {
        NewBlob { size: i64::try_from(stored.size).unwrap_or(i64::MAX), backend: "local".into(), key: stored.key.clone(), mime: self.mime.into() }
    }
}

async fn fail(app: &App, id: MediaId) -> Result<()> {
    app.write(move |tx| async move {
        media::fail(&tx, id).await?;
        media::remove_file(&tx, id, "upload").await?;
        bus::publish(&tx, &Event::MediaDone { media: id });
        Ok(())
    })
    .await
}

fn storage(error: std::io::Error) -> Error {
    Error::Temporary(format!("media storage: {error}"))
}
