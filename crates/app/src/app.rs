//! [`App`]: everything a verb may touch. Cheap to clone.

use std::collections::HashMap;
use std::future::Future;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

pub use store::db::Target;
use store::jobs::Lane;
use store::{Db, Reader, Tx};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::bus::Bus;
use crate::cache::cards::Cards;
use crate::cache::context::Context;
use crate::cache::facts::Facts;
use crate::cache::keyring::Keyring;
use crate::cache::remote_media::Remote;
use crate::cache::resolving::Resolving;
use crate::cache::signers::Signers;
use crate::cache::tokens::{Seen, Tokens};
use crate::clock::{self, Clock};
use crate::files::Files;
use crate::mailer::{MailOptions, Mailer};
use crate::net::{self, Net};
use crate::pools::Pools;
use crate::rates::Rates;
use crate::secrets::{MasterKey, Secrets};
use crate::settings::{Registrations, Settings};
use crate::urls::Urls;
use crate::{Result, request};

/// What the program's owner decides.
#[derive(Clone)]
pub struct Options {
    pub urls: Urls,
    pub software_name: String,
    pub software_version: String,
    /// What clients read as Mastodon's version.
    pub compat_version: String,
    /// The commit the program was built from, if that is known.
    pub commit: Option<String>,
    /// Where the source of the running program is offered; empty if the owner has not said, which a public server must.
    pub source_url: String,
    pub default_locale: String,
    pub database: Target,
    /// Memory for what everybody sees alike of statuses and accounts; 0 for none.
    pub cards_bytes: u64,
    pub media_dir: PathBuf,
    pub master_key: MasterKey,
    pub limits: Limits,
    pub media: MediaLimits,
    /// How mail is sent; `None` if it is not.
    pub mail: Option<MailOptions>,
    /// How other servers may be asked.
    pub outgoing: net::Options,
    /// Whether only allowed hosts are spoken with.
    pub limited_federation: bool,
    /// Settings that the configuration holds fast.
    pub pinned: HashMap<String, String>,
    pub clock: Clock,
    pub node: String,
}

/// Limits that an operator may change.
#[derive(Clone, Debug)]
pub struct Limits {
    pub post_chars: usize,
    pub attachments: usize,
    pub description_chars: usize,
    pub display_name_chars: usize,
    pub bio_chars: usize,
    pub profile_fields: usize,
    pub image_bytes: usize,
    pub image_pixels: u64,
    pub home_feed: i64,
    pub active_days: i64,
    pub sessions: i64,
    pub follows: i64,
}

/// How much of other servers' media is fetched and kept, in bytes.
#[derive(Clone, Debug)]
pub struct MediaLimits {
    /// All that is stored.
    pub remote_cache_bytes: i64,
    /// One picture of a status.
    pub remote_image_bytes: usize,
    /// One video or sound.
    pub remote_video_bytes: usize,
    /// One avatar or header.
    pub remote_portrait_bytes: usize,
    /// One custom emoji.
    pub remote_emoji_bytes: usize,
}

/// The running server's insides.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

pub struct Inner {
    pub db: Db,
    pub(crate) context: Arc<Context>,
    pub options: Options,
    pub bus: Bus,
    pub files: Files,
    /// Requests to other servers.
    pub net: Net,
    /// Media of other servers, as far as they are on their way.
    pub(crate) remote: Remote,
    /// Places for what waits for other servers.
    pub(crate) pools: Pools,
    pub secrets: Secrets,
    pub settings: Settings,
    /// `None` where no mail can be sent.
    pub mailer: Option<Mailer>,
    pub password_permits: Arc<Semaphore>,
    pub(crate) password_queue: Semaphore,
    pub picture_permits: Arc<Semaphore>,
    /// Set when the server is to stop: long waits end.
    pub stopping: CancellationToken,
    /// What everybody sees alike of statuses and accounts.
    pub(crate) cards: Cards,
    pub(crate) tokens: Arc<Tokens>,
    pub rates: Rates,
    /// Keys, parsed: ours, and those of others.
    pub(crate) keys: Keyring,
    pub(crate) signers: Arc<Signers>,
    pub(crate) seen: Mutex<Seen>,
    /// When the instance was last counted, and the result.
    pub(crate) facts: Mutex<Option<(i64, Facts)>>,
    pub(crate) resolving: Resolving,
    pub(crate) wakes: Arc<Wakes>,
}

/// One bell for each lane of jobs, and one for deliveries.
#[derive(Default)]
pub(crate) struct Wakes {
    pub(crate) lanes: [Notify; Lane::ALL.len()],
    pub(crate) deliveries: Notify,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// How people can register: as the setting says, but not at all where their addresses could not be
    /// confirmed, unless the operator wants it so.
    pub fn registrations(&self) -> Registrations {
        let can_confirm = self.mailer.is_some() || self.settings.is_on("registrations_without_mail");
        if can_confirm { self.settings.registrations() } else { Registrations::Closed }
    }

    /// Milliseconds since 1970, UTC.
    pub fn now_ms(&self) -> i64 {
        self.options.clock.now_ms()
    }

    /// Whether the database answers.
    pub async fn is_reachable(&self) -> bool {
        self.read(|r| async move { Ok(store::jobs::count_dead(&r).await?) }).await.is_ok()
    }

    /// Where the source of the running program is found: what its owner says, or the page that says what is known of it.
    pub fn source_url(&self) -> String {
        let said = &self.options.source_url;
        if said.is_empty() { format!("{}/source", self.urls().base) } else { said.clone() }
    }

    /// Has the facts of the instance read anew, because what is shown has changed.
    pub(crate) fn forget_facts(&self) {
        *self.facts.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub fn urls(&self) -> &Urls {
        &self.context.urls
    }

    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Reads on one snapshot. See [`Db::read`].
    pub async fn read<T, F, Fut>(&self, read: F) -> Result<T>
    where
        F: FnOnce(Reader) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        self.db.read(read).await
    }

    /// Writes in one transaction; jobs enqueued in it carry the current request's id. See [`Db::write`].
    pub async fn write<T, F, Fut>(&self, write: F) -> Result<T>
    where
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        let id = request::id();
        self.db.write(move |tx| request::within(id, write(tx))).await
    }

    /// Ends when a job of `lane` may be due.
    pub(crate) async fn woken(&self, lane: Lane) {
        self.wakes.lanes[lane as usize].notified().await;
    }

    /// Ends when something may be due to be sent to another server.
    pub(crate) async fn woken_to_deliver(&self) {
        self.wakes.deliveries.notified().await;
    }

    /// Milliseconds UTC before which a user counts as away.
    pub fn active_since(&self) -> i64 {
        self.now_ms() - self.options.limits.active_days * clock::DAY_MS
    }
}
