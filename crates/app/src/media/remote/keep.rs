//! Keeping: the files of other servers within their budget. What was looked at longest ago goes when something new
//! wants its place.
//!
//! A file is there before its row, and its row goes before it. A row of `blobs` that nothing uses, which a crash may
//! leave, goes with [`crate::queue::Expire`]; a file without any row with [`sweep`].

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use store::audit_log::{self, Origin};
use store::dialect::Engine;
use store::media::{self, NewBlob};
use store::remote_media::{self, Item, Oldest};
use store::{BlobId, Tx};
use tokio::io::AsyncReadExt;

use super::fetch::storage;
use super::kind::{self, Kind};
use super::{Key, Missing, What};
use crate::clock::DAY_MS;
use crate::files::Incoming;
use crate::media::meta::{Learnt, Meta};
use crate::{App, Error, Result};

/// Files that go in one transaction.
const BATCH: i64 = 100;
/// Files looked at by one sweep.
const SWEPT_MAX: usize = 1_000_000;
/// Files whose rows are looked for at once.
const SWEEP_BATCH: usize = 500;
/// A file that is younger may be about to get its row.
const SWEEP_IDLE: Duration = Duration::from_secs(60 * 60);

/// How much is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Files of other servers and their bytes.
    pub remote: (i64, i64),
    /// Files of people here and their bytes.
    pub local: (i64, i64),
    /// Bytes that those of other servers may have.
    pub budget: i64,
}

/// What is known of a file.
pub struct About<'a> {
    /// Width and height in pixels.
    pub size: Option<(i64, i64)>,
    /// Of an attachment's original.
    pub learnt: Option<Learnt>,
    /// See [`super::source`].
    pub source: &'a str,
}

/// Keeps a file that has come, once there is room for it.
pub async fn keep(app: &App, key: &Key, incoming: Incoming, kind: Kind, about: About<'_>) -> std::result::Result<(), Missing> {
    let bytes = i64::try_from(incoming.size()).map_err(|_| Missing::Gone)?;
    let mut used = app.remote.used.lock().await;
    make_room(app, &mut used, bytes).await.map_err(ours)?.then_some(()).ok_or(Missing::Gone)?;
    let stored = incoming.finish(kind.ext).await.map_err(storage)?;
    let blob = NewBlob { size: bytes, backend: "local".into(), key: stored.key, mime: kind.mime.into() };
    let (what, id, variant, source) = (key.what, key.id, key.variant, about.source.to_owned());
    let before = app
        .write(move |tx| async move {
            let Some(media) = own_id(&tx, what, id).await? else { return Ok(None) };
            if let Some(learnt) = about.learnt {
                write_learnt(&tx, id, learnt).await?;
            }
            Ok(Some(remote_media::set_file(&tx, media, variant.word(), &blob, about.size, &source).await?))
        })
        .await
        .map_err(ours)?;
    if before.is_some() {
        *used = used.map(|used| used + bytes);
    }
    if let Some(Some(before)) = before {
        remove_blobs(app, vec![before]).await.map_err(ours)?;
        *used = None; // its size is counted anew
    }
    gauge(*used);
    before.map(drop).ok_or(Missing::Gone)
}

/// Keeps what the file of the attachment `id` says of itself.
pub async fn learn(app: &App, id: i64, learnt: Learnt) -> std::result::Result<(), Missing> {
    app.write(move |tx| async move { write_learnt(&tx, id, learnt).await }).await.map_err(ours)
}

async fn write_learnt(tx: &Tx, id: i64, learnt: Learnt) -> Result<()> {
    let Some(before) = remote_media::find_meta(tx, id).await? else { return Ok(()) };
    let meta = Meta { file: Some(learnt), ..Meta::read(&before) }.write();
    if meta != before || learnt.kind.is_some() {
        remote_media::learn(tx, id, learnt.kind, &meta).await?;
    }
    Ok(())
}

fn ours(error: Error) -> Missing {
    tracing::warn!(%error, "media of another server cannot be kept");
    Missing::Later
}

/// The id under which its files are; `None` if its row has gone meanwhile.
async fn own_id(tx: &Tx, what: What, id: i64) -> Result<Option<store::MediaId>> {
    Ok(match what {
        What::Attachment => remote_media::find_attachment(tx, id, "original").await?.and_then(|item| item.media_id),
        What::Avatar => remote_media::ensure_avatar(tx, id).await?,
        What::Header => remote_media::ensure_header(tx, id).await?,
        What::Emoji => remote_media::ensure_emoji(tx, id).await?,
    })
}

/// Removes what was looked at longest ago until `bytes` more are within the budget; false if they never can be.
async fn make_room(app: &App, used: &mut Option<i64>, bytes: i64) -> Result<bool> {
    let budget = app.options.media.remote_cache_bytes;
    if bytes > budget {
        return Ok(false);
    }
    // On PostgreSQL other processes keep files, too.
    let mut now = match used.filter(|_| app.db.engine() == Engine::Sqlite) {
        Some(used) => used,
        None => app.read(|r| async move { Ok(remote_media::usage(&r).await?.1) }).await?,
    };
    while now + bytes > budget {
        let freed = evict(app, now + bytes - budget, i64::MAX).await?;
        if freed == 0 {
            // Less is stored than was thought: rows went with what they belonged to.
            now = app.read(|r| async move { Ok(remote_media::usage(&r).await?.1) }).await?;
            if now + bytes > budget {
                return Ok(false);
            }
        }
        now -= freed;
    }
    *used = Some(now);
    Ok(true)
}

/// Removes the oldest files, at most a batch, until `wanted` bytes are free; tells how many came free. To be called with
/// `used` held.
async fn evict(app: &App, wanted: i64, before: i64) -> Result<i64> {
    let oldest = app.read(move |r| async move { Ok(remote_media::list_oldest(&r, before, BATCH).await?) }).await?;
    let mut going: Vec<Oldest> = Vec::new();
    let mut freed = 0;
    for file in oldest {
        if freed >= wanted {
            break;
        }
        freed += file.size;
        going.push(file);
    }
    let blobs: Vec<BlobId> = going.iter().map(|file| file.blob_id).collect();
    let count = going.len() as u64;
    app.write(move |tx| async move {
        for file in &going {
            remote_media::forget(&tx, file).await?;
        }
        Ok(())
    })
    .await?;
    remove_blobs(app, blobs).await?;
    metrics::counter!("ferrodon_remote_media_evicted_total").increment(count);
    Ok(freed)
}

/// Removes the files of blobs that nothing uses, then their rows.
async fn remove_blobs(app: &App, blobs: Vec<BlobId>) -> Result<()> {
    let unused = app.read(move |r| async move { Ok(remote_media::list_unused(&r, &blobs).await?) }).await?;
    // Files of uploads are not for us to remove: one may be about to be used.
    let unused: Vec<_> = unused.into_iter().filter(|(_, key)| kind::is_ours(key.rsplit('.').next().unwrap_or_default())).collect();
    for (_, key) in &unused {
        app.files.remove(key).await.map_err(|error| Error::Temporary(format!("media storage: {error}")))?;
    }
    let ids: Vec<BlobId> = unused.into_iter().map(|(id, _)| id).collect();
    app.write(move |tx| async move { Ok(media::delete_orphan_blobs(&tx, &ids).await.map(drop)?) }).await
}

/// The bytes of a stored file, if it came from `source`.
pub async fn read(app: &App, item: &Item, source: &str) -> std::result::Result<Option<(Bytes, Kind)>, Missing> {
    let (Some(key), Some(kind)) = (&item.key, item.mime.as_deref().and_then(kind::of_mime)) else { return Ok(None) };
    if item.source.as_deref() != Some(source) {
        return Ok(None);
    }
    let Some((file, size)) = app.files.open(key).await.map_err(storage)? else { return Ok(None) };
    if size > app.options.media.remote_image_bytes as u64 {
        return Err(Missing::Gone);
    }
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes).await.map_err(storage)?;
    Ok(Some((bytes.into(), kind)))
}

/// How much is stored, counted.
pub async fn usage(app: &App) -> Result<Usage> {
    let (remote, local) = app.read(|r| async move { Ok((remote_media::usage(&r).await?, remote_media::usage_here(&r).await?)) }).await?;
    Ok(Usage { remote, local, budget: app.options.media.remote_cache_bytes })
}

/// Removes what nobody looked at for so many days, as the operator wants it; tells how many bytes came free.
pub async fn remove(app: &App, origin: Origin, days: i64) -> Result<i64> {
    let before = if days == 0 { i64::MAX } else { app.now_ms() - days * DAY_MS };
    let freed = remove_unused_for(app, before).await?;
    let detail = serde_json::json!({ "days": days, "freed_bytes": freed }).to_string();
    app.write(move |tx| async move { Ok(audit_log::record(&tx, origin, "media.remove", "remote", &detail).await?) }).await?;
    Ok(freed)
}

/// Removes the files of other servers that nobody looked at since `before` (milliseconds UTC); tells how many bytes came
/// free. They come back when somebody looks.
async fn remove_unused_for(app: &App, before: i64) -> Result<i64> {
    let mut total = 0;
    loop {
        // Others may come in between.
        let mut used = app.remote.used.lock().await;
        let freed = evict(app, i64::MAX, before).await?;
        *used = None;
        if freed == 0 {
            return Ok(total);
        }
        total += freed;
    }
}

/// Removes files that a crash left without a row; tells how many. Reads every directory: once after the start.
pub async fn sweep(app: &App) -> Result<usize> {
    let failed = |error: std::io::Error| Error::Temporary(format!("media storage: {error}"));
    let keys = app.files.list_idle(kind::is_ours, SWEEP_IDLE, SWEPT_MAX).await.map_err(failed)?;
    let mut removed = 0;
    for some in keys.chunks(SWEEP_BATCH) {
        let _used = app.remote.used.lock().await;
        let wanted = some.to_vec();
        let known: HashSet<String> =
            app.read(move |r| async move { Ok(remote_media::list_known_keys(&r, &wanted).await?) }).await?.into_iter().collect();
        for key in some.iter().filter(|key| !known.contains(*key)) {
            removed += usize::from(app.files.remove_idle(key, SWEEP_IDLE).await.map_err(failed)?);
        }
    }
    Ok(removed)
}

/// Counts what is stored anew, since rows go with what they belong to.
pub async fn recount(app: &App) -> Result<()> {
    let mut used = app.remote.used.lock().await;
    *used = Some(app.read(|r| async move { Ok(remote_media::usage(&r).await?.1) }).await?);
    gauge(*used);
    Ok(())
}

fn gauge(used: Option<i64>) {
    if let Some(used) = used {
        metrics::gauge!("ferrodon_remote_media_bytes").set(used as f64);
    }
}
