//! Media of other servers, shown by addresses of our own: fetched when somebody first looks, kept as long as there is
//! room, fetched again after that. Nobody's address is told to strangers, and what is gone there may still be seen here.
//!
//! An address names a row and, by a digest, what the row says of where the thing is: an old one leads nowhere, and one
//! that is guessed neither. Files of other servers have extensions of their own ([`kind`]), so that they are never
//! served but by here, and never the same file as somebody's upload.

mod fetch;
mod keep;
mod kind;
mod measure;

use std::pin::Pin;
use std::sync::PoisonError;

use store::Reader;
use store::remote_media::{self, Item};
use tokio::sync::watch;

use crate::cache::remote_media::{Key, Landed};
pub use crate::cache::remote_media::{Missing, Remote};
pub use crate::urls::remote::{Variant, Wanted, What, tag};
use crate::{App, Result};

pub use keep::{Usage, recount, remove, sweep, usage};

/// Things waited for at once; more are told to come again. More than may have or wait for a place ([`crate::pools`]), with
/// the two smaller forms of each, so that those of a few servers cannot be all.
const FLIGHTS_MAX: usize = 1024;
/// How long it is remembered that something is not there or not to be shown, and that its server did not answer.
const GONE_MS: i64 = 60 * 60 * 1000;
const UNREACHABLE_MS: i64 = 60 * 1000;
/// That somebody looked is written down no more often.
const TOUCH_EVERY_MS: i64 = 60 * 60 * 1000;

async fn row(what: What, r: &Reader, id: i64, variant: &str) -> store::Result<Option<Item>> {
    match what {
        What::Attachment => remote_media::find_attachment(r, id, variant).await,
        What::Avatar => remote_media::find_avatar(r, id, variant).await,
        What::Header => remote_media::find_header(r, id, variant).await,
        What::Emoji => remote_media::find_emoji(r, id, variant).await,
    }
}

/// A stored file that is shown.
pub struct Opened {
    pub file: tokio::fs::File,
    /// Bytes.
    pub size: u64,
    pub mime: &'static str,
}

/// Opens a thing, fetching it if it is not stored.
///
/// Errors: `Ok(Err(_))` tells why there is nothing to show.
pub async fn open(app: &App, wanted: &Wanted) -> Result<std::result::Result<Opened, Missing>> {
    let Some((key, item)) = find(app, wanted).await? else { return Ok(Err(Missing::Gone)) };
    if let Some(opened) = stored(app, &key, &item).await? {
        metrics::counter!("ferrodon_remote_media_total", "result" => "hit").increment(1);
        return Ok(Ok(opened));
    }
    metrics::counter!("ferrodon_remote_media_total", "result" => "miss").increment(1);
    if let Err(missing) = had(app, key, &item).await {
        return Ok(Err(missing));
    }
    // What was just fetched may have made room for something else already.
    let Some((key, item)) = find(app, wanted).await? else { return Ok(Err(Missing::Gone)) };
    Ok(stored(app, &key, &item).await?.ok_or(Missing::Later))
}

/// Looks at the first bytes of an attachment of which nothing says what it is, so that it is shown as that.
///
/// Errors: `Ok(Err(_))` tells why nothing was learnt.
pub async fn look(app: &App, id: store::MediaId) -> Result<std::result::Result<(), Missing>> {
    let wanted = Wanted { what: What::Attachment, id: id.0, variant: Variant::Original, tag: None };
    let Some((key, item)) = find(app, &wanted).await? else { return Ok(Err(Missing::Gone)) };
    Ok(fetch::look(app, &key, &item).await)
}

/// The row, if the address is its own and what it says may be shown.
async fn find(app: &App, wanted: &Wanted) -> Result<Option<(Key, Item)>> {
    let (what, id, variant) = (wanted.what, wanted.id, wanted.variant);
    let found = app.read(move |r| async move { Ok(row(what, &r, id, variant.word()).await?) }).await?;
    let Some(item) = found.filter(|item| !item.suspended && app.context().rule(&item.domain).shows_media()) else { return Ok(None) };
    let tag = tag(&item.remote_url);
    Ok((wanted.tag.as_ref().is_none_or(|wanted| *wanted == tag)).then_some((Key { what, id, variant, tag }, item)))
}

/// The stored file, if it came from where the row says, and is there.
async fn stored(app: &App, key: &Key, item: &Item) -> Result<Option<Opened>> {
    let source = source(key, item);
    let (Some(media), Some(file), Some(mime)) = (item.media_id, &item.key, &item.mime) else { return Ok(None) };
    let Some(mime) = kind::served(mime).filter(|_| item.source.as_ref() == Some(&source)) else { return Ok(None) };
    let opened = app.files.open(file).await.map_err(|error| crate::Error::Temporary(format!("media storage: {error}")))?;
    let Some((file, size)) = opened else { return Ok(None) };
    let (now, variant) = (app.now_ms(), key.variant);
    if item.last_used_at.is_none_or(|used| now - used >= TOUCH_EVERY_MS) {
        app.write(move |tx| async move { Ok(remote_media::touch(&tx, media, variant.word()).await?) }).await?;
    }
    Ok(Some(Opened { file, size, mime }))
}

/// What a file is kept under as having come from: a preview may have an address of its own.
fn source(key: &Key, item: &Item) -> String {
    if key.variant == Variant::Small && !item.thumbnail_remote_url.is_empty() { tag(&item.thumbnail_remote_url) } else { key.tag.clone() }
}

/// Waits until a thing is stored: fetched by whoever came first, in a task of its own, which goes on if they leave. A
/// preview's fetch may wait for that of its original.
fn had<'a>(app: &'a App, key: Key, item: &'a Item) -> Pin<Box<dyn Future<Output = Landed> + Send + 'a>> {
    Box::pin(wait(app, key, item))
}

async fn wait(app: &App, key: Key, item: &Item) -> Landed {
    if let Some((missing, until)) = app.remote.misses.get(&key)
        && app.now_ms() < until
    {
        return Err(missing);
    }
    let mut landing = {
        let mut flights = app.remote.flights.lock().unwrap_or_else(PoisonError::into_inner);
        match flights.get(&key) {
            Some(landing) => landing.clone(),
            None if flights.len() >= FLIGHTS_MAX => return Err(Missing::Later),
            None => {
                let (sender, landing) = watch::channel(None);
                flights.insert(key.clone(), landing.clone());
                let flight = Flight { app: app.clone(), key, sender };
                tokio::spawn(flight.fly(item.clone()));
                landing
            }
        }
    };
    match landing.wait_for(Option::is_some).await {
        Ok(landed) => landed.clone().unwrap_or(Err(Missing::Later)),
        Err(_) => Err(Missing::Later),
    }
}

/// A fetch on its way; when it goes, others may try.
struct Flight {
    app: App,
    key: Key,
    sender: watch::Sender<Option<Landed>>,
}

impl Flight {
    async fn fly(self, item: Item) {
        let landed = fetch::fetch(&self.app, &self.key, &item).await;
        if let Err(missing) = &landed {
            let for_ms = match missing {
                Missing::Gone => Some(GONE_MS),
                Missing::Unreachable => Some(UNREACHABLE_MS),
                Missing::Later => None,
            };
            if let Some(for_ms) = for_ms {
                self.app.remote.misses.insert(self.key.clone(), (missing.clone(), self.app.now_ms() + for_ms));
            }
        }
        // Nobody who comes now finds the flight: the file, or the miss, is there.
        self.forget();
        self.sender.send_replace(Some(landed));
    }

    fn forget(&self) {
        self.app.remote.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_one_form_only() {
        let wanted = |what, id, variant, tag: Option<&str>| Some(Wanted { what, id, variant, tag: tag.map(str::to_owned) });
        assert_eq!(Wanted::read("attachments/12/abc/small"), wanted(What::Attachment, 12, Variant::Small, Some("abc")));
        assert_eq!(Wanted::read("emojis/12/static"), wanted(What::Emoji, 12, Variant::Static, None));
        for none in [
            "",
            "avatars",
            "avatars/1",
            "avatars/1/original",
            "avatars/x/abc/original",
            "avatars/+1/abc/original",
            "avatars/1/abc/huge",
            "emojis/1/abc/original",
            "other/1/abc/original",
            "avatars/1/abc/original/more",
            "avatars/99999999999999999999/abc/original",
        ] {
            assert_eq!(Wanted::read(none), None, "{none}");
        }
        assert_eq!(tag("https://a.test/1.png").len(), 16);
    }
}
