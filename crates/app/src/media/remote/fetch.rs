//! Fetching: from an address of another server to a stored file, or from a stored file to its smaller form.

use std::io::BufReader;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use store::remote_media::Item;
use url::Url;

use super::kind::{self, Kind};
use super::{Key, Missing, Variant, What, source};
use super::{keep, measure};
use crate::federation::asker;
use crate::files::Incoming;
use crate::media::image::{self, Encoded, Limits};
use crate::media::meta::{Learnt, Measures};
use crate::net::{Place, Refused, Site};
use crate::urls::domain_of;
use crate::{App, net};

/// A file that comes more slowly is given up: a person waits for it.
const LEAST_BYTES_PER_S: u64 = 16 * 1024;
/// For a whole file with its redirects.
const TIMEOUT: Duration = Duration::from_secs(60);
const LARGE_TIMEOUT: Duration = Duration::from_secs(180);
/// `media_attachments.kind` of a picture; videos and sounds are larger.
const KIND_IMAGE: i64 = store::media::KIND_IMAGE;
const KIND_UNKNOWN: i64 = store::media::KIND_UNKNOWN;
/// Bytes by which a type can be told.
const SNIFFED_BYTES: usize = 16;

/// Fetches a thing, or makes it of what is stored, and keeps it.
pub async fn fetch(app: &App, key: &Key, item: &Item) -> Result<(), Missing> {
    match key.variant {
        Variant::Original => download(app, key, item, &item.remote_url).await.map(drop),
        Variant::Small if !item.thumbnail_remote_url.is_empty() => download(app, key, item, &item.thumbnail_remote_url).await.map(drop),
        Variant::Small | Variant::Static => derive(app, key, item).await,
    }
}

/// Looks at the first bytes of an attachment of which nothing says what it is, and keeps what they tell.
pub async fn look(app: &App, key: &Key, item: &Item) -> Result<(), Missing> {
    let url = Url::parse(&item.remote_url).map_err(|_| Missing::Gone)?;
    // A job looks: it takes a place of the jobs, not one of those that people wait for.
    let place = asker::place(app, &Site::of(&url)).await.map_err(|_| Missing::Later)?.ok_or(Missing::Later)?;
    let received = receive(app, key, item, url, Extent::Head, &place).await;
    drop(place);
    let Received { mut incoming, kind } = received?;
    let learnt = learn(item, &mut incoming, kind).await?;
    keep::learn(app, key.id, learnt).await
}

/// How much of a file is wanted.
#[derive(Clone, Copy, PartialEq)]
enum Extent {
    Head,
    Whole,
}

/// A file as it came.
struct Received {
    incoming: Incoming,
    /// `None` for what is not shown: no more than its beginning came.
    kind: Option<Kind>,
}

/// Fetches `address` and keeps it under the key's variant.
async fn download(app: &App, key: &Key, item: &Item, address: &str) -> Result<Kind, Missing> {
    let url = Url::parse(address).map_err(|_| Missing::Gone)?;
    let place = app.pools.media.place(&Site::of(&url), app.now_ms()).await.map_err(|refused| match refused {
        Refused::Full => Missing::Later,
        Refused::Resting(_) => Missing::Unreachable,
    })?;
    let received = receive(app, key, item, url, Extent::Whole, &place).await;
    drop(place);
    let Received { mut incoming, kind } = received?;
    let is_original = key.what == What::Attachment && key.variant == Variant::Original;
    let Some(known) = kind else {
        if is_original && kind::is_not_shown(incoming.head()) {
            let learnt = learn(item, &mut incoming, None).await?;
            keep::learn(app, key.id, learnt).await?;
        }
        return Err(Missing::Gone);
    };
    let learnt = if is_original { Some(learn(item, &mut incoming, kind).await?) } else { None };
    let size = learnt.and_then(|learnt| learnt.measures.size()).map(|(width, height)| (i64::from(width), i64::from(height)));
    keep::keep(app, key, incoming, known, keep::About { size, learnt, source: &source(key, item) }).await?;
    Ok(known)
}

/// What the file says of itself: how large and how long it is, and what, if its server is wrong about that.
async fn learn(item: &Item, incoming: &mut Incoming, kind: Option<Kind>) -> Result<Learnt, Missing> {
    let Some(kind) = kind else {
        return Ok(Learnt { kind: (item.kind != KIND_UNKNOWN).then_some(KIND_UNKNOWN), measures: Measures::default() });
    };
    let measures = incoming.inspect(move |file| measure::measure(kind, &mut BufReader::new(file))).await.map_err(storage)?;
    Ok(Learnt { kind: kind.corrected(item.kind), measures })
}

async fn receive(app: &App, key: &Key, item: &Item, url: Url, extent: Extent, place: &Place) -> Result<Received, Missing> {
    let (limit, timeout) = limits(app, key, item);
    // What we ask ourselves for might be what we are asking for.
    let asker = app.clone();
    let refuses = move |url: &Url| {
        domain_of(url.as_str()).is_none_or(|domain| asker.urls().is_local_domain(&domain) || asker.context().rule(&domain).suspended)
    };
    if refuses(&url) {
        return Err(Missing::Gone);
    }
    let site = Site::of(&url);
    let request = app.net.get(url).not_redirected_to(refuses).body_max(limit).timeout(timeout).least_rate(LEAST_BYTES_PER_S);
    let answered = Arc::new(AtomicBool::new(false));
    let request = request.header("accept", "image/*, video/*, audio/*;q=0.9").notes_answer(answered.clone());
    // Where a redirect leads says nothing of the host that redirects.
    let mut stream = request.stream().await.map_err(|error| read_error(app, place, !answered.load(Ordering::Relaxed), error))?;
    let is_own = Site::of(&stream.url) == site;
    if !stream.is_success() {
        return Err(if stream.status >= 500 || stream.status == 429 { Missing::Unreachable } else { Missing::Gone });
    }
    let mut incoming = app.files.receive().await.map_err(storage)?;
    let mut known = None;
    while let Some(chunk) = stream.chunk().await.map_err(|error| read_error(app, place, is_own, error))? {
        incoming.write(&chunk).await.map_err(storage)?;
        // What is no picture is not read to its end.
        if known.is_none() && incoming.head().len() >= SNIFFED_BYTES {
            known = kind::sniff(incoming.head());
            if known.is_none() || extent == Extent::Head {
                break;
            }
        }
    }
    place.answered();
    let kind = kind::sniff(incoming.head()).filter(|kind| kind.is_image || key.what == What::Attachment);
    if kind.is_some_and(|kind| kind.is_image) && incoming.size() > app.options.media.remote_image_bytes as u64 {
        return Err(Missing::Gone);
    }
    Ok(Received { incoming, kind })
}

/// Bytes that may come, and how long that may take.
fn limits(app: &App, key: &Key, item: &Item) -> (usize, Duration) {
    let media = &app.options.media;
    match (key.what, key.variant) {
        (What::Attachment, Variant::Original) if item.kind != KIND_IMAGE => (media.remote_video_bytes, LARGE_TIMEOUT),
        (What::Attachment, _) => (media.remote_image_bytes, TIMEOUT),
        (What::Avatar | What::Header, _) => (media.remote_portrait_bytes, TIMEOUT),
        (What::Emoji, _) => (media.remote_emoji_bytes, TIMEOUT),
    }
}

/// Makes the smaller or the still form of the original, which is fetched if it is not there. What has none, because it
/// does not move or cannot be read, is kept as it is.
async fn derive(app: &App, key: &Key, item: &Item) -> Result<(), Missing> {
    let (bytes, kind) = original(app, key, item).await?;
    let head = &bytes[..bytes.len().min(4096)];
    if !kind.is_image {
        return Err(Missing::Gone);
    }
    let made = if key.variant == Variant::Static && !kind::moves(kind, head) {
        None
    } else {
        smaller(app, &Site::of_domain(&item.domain), bytes.clone()).await?
    };
    let (bytes, kind, size) = match made {
        Some(encoded) => {
            let kind = kind::of_mime(encoded.mime).ok_or(Missing::Gone)?;
            (Bytes::from(encoded.bytes), kind, Some((i64::from(encoded.width), i64::from(encoded.height))))
        }
        None => (bytes, kind, None),
    };
    let mut incoming = app.files.receive().await.map_err(storage)?;
    incoming.write(&bytes).await.map_err(storage)?;
    keep::keep(app, key, incoming, kind, keep::About { size, learnt: None, source: &source(key, item) }).await
}

/// The original's bytes: stored, or fetched and stored.
async fn original(app: &App, key: &Key, item: &Item) -> Result<(Bytes, Kind), Missing> {
    let of = Key { variant: Variant::Original, ..key.clone() };
    let (what, id) = (of.what, of.id);
    let read = || app.read(move |r| async move { Ok(super::row(what, &r, id, Variant::Original.word()).await?) });
    let found = read().await.map_err(|_| Missing::Later)?.ok_or(Missing::Gone)?;
    if let Some(stored) = keep::read(app, &found, &of.tag).await? {
        return Ok(stored);
    }
    // Others may want the original itself at this moment: one fetch is enough for all.
    super::had(app, of.clone(), &Item { thumbnail_remote_url: String::new(), ..item.clone() }).await?;
    let found = read().await.map_err(|_| Missing::Later)?.ok_or(Missing::Gone)?;
    keep::read(app, &found, &of.tag).await?.ok_or(Missing::Later)
}

/// `None` if the picture cannot be read by us; browsers may do better.
async fn smaller(app: &App, of: &Site, bytes: Bytes) -> Result<Option<Encoded>, Missing> {
    let _place = app.pools.previews.place(of, app.now_ms()).await.map_err(|_| Missing::Later)?;
    let permit = app.picture_permits.clone().acquire_owned().await.map_err(|_| Missing::Later)?;
    let max_bytes = app.options.media.remote_image_bytes;
    let limits = Limits { max_bytes, max_pixels: app.options.limits.image_pixels, max_stored_bytes: max_bytes, ..Limits::default() };
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        image::preview(&bytes, &limits)
    });
    Ok(work.await.map_err(|_| Missing::Later)?.ok())
}

/// What comes of an error. An address that must not be asked looks like one where nobody answers: else a stranger could ask
/// us which names this machine's neighbours have.
fn read_error(app: &App, place: &Place, is_of_host: bool, error: net::Error) -> Missing {
    match error {
        net::Error::Timeout | net::Error::Slow(_) | net::Error::Connection(_) | net::Error::Refused(_) => {
            if is_of_host {
                place.failed(app.now_ms());
            }
            Missing::Unreachable
        }
        net::Error::InTransaction | net::Error::Setup(_) => Missing::Later,
        _ => Missing::Gone,
    }
}

pub fn storage(error: std::io::Error) -> Missing {
    tracing::warn!(%error, "media of another server cannot be stored");
    Missing::Later
}
