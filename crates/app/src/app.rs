//! [`App`]: everything a verb may touch. Cheap to clone.

use std::collections::HashMap;
use std::future::Future;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

pub use store::db::Target;
use store::jobs::Lane;
use store::{Committed, Db, Reader, TokenId, Trust, Tx, UserId};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::bus::{Bus, Event};
use crate::clock::{Clock, random_u16};
use crate::federation::keys::Keyring;
use crate::federation::signer::Signers;
use crate::instance::Facts;
use crate::mail::{MailOptions, Mailer};
use crate::media::files::Files;
use crate::media::remote::Remote;
use crate::net::{self, Net};
use crate::pools::Pools;
use crate::present::cards::Cards;
use crate::rates::Rates;
use crate::secrets::{MasterKey, Secrets};
use crate::settings::Settings;
use crate::tokens::Tokens;
use crate::urls::Urls;
use crate::{Error, Result, jobs, request, setup};

/// Pictures decoded at once; each may take hundreds of megabytes for a moment.
const PICTURES_AT_ONCE: usize = 1;

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
pub struct App(Arc<Inner>);

pub struct Inner {
    pub db: Db,
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
    pub(crate) tokens: Tokens,
    pub rates: Rates,
    /// Keys, parsed: ours, and those of others.
    pub(crate) keys: Keyring,
    pub(crate) signers: Signers,
    pub(crate) seen: Mutex<Seen>,
    /// When the instance was last counted, and the result.
    pub(crate) facts: Mutex<Option<(i64, Facts)>>,
    pub(crate) resolving: crate::federation::resolve::Resolving,
    wakes: Arc<Wakes>,
}

/// Who was here since the last time it was written down.
#[derive(Default)]
pub(crate) struct Seen {
    pub tokens: HashMap<TokenId, UserId>,
}

/// One bell for each lane of jobs, and one for deliveries.
#[derive(Default)]
struct Wakes {
    lanes: [Notify; Lane::ALL.len()],
    deliveries: Notify,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Opens the database, migrates it if asked, and makes on the first start what an instance needs:
    /// sealed secrets, the instance actor.
    pub async fn open(options: Options, migrate: bool) -> Result<App> {
        let trust = Trust::default();
        let (bus, wakes, cards) = (Bus::default(), Arc::new(Wakes::default()), Cards::new(options.cards_bytes, &trust));
        let db = Db::open(store_options(&options, &bus, &wakes, &cards, trust)).await.map_err(|e| Error::internal(e.to_string()))?;
        if migrate {
            setup::migrate(&db, &options).await?;
        }
        let status = store::migrate::status(&db).await.map_err(|e| Error::internal(e.to_string()))?;
        if !status.pending.is_empty() {
            return Err(Error::internal("the database is older than this program; run `ferrodon db migrate`"));
        }
        db.ids().raise_floor(store::migrate::id_floor(&db).await?);
        setup::check_identity(&db, &options.urls).await?;
        let cards = if db.watch().await? { cards } else { Cards::default() };
        let secrets = setup::secrets(&db, &options.master_key).await?;
        setup::instance_actor(&db, &options).await?;
        let mailer = options.mail.as_ref().map(Mailer::new).transpose()?;
        crate::search::build::ensure(&db).await?;
        let settings = Settings::load(&db, &options.pinned).await?;
        options.urls.emojis.reload(&db, |key| options.urls.media_url(key)).await?;
        options.urls.domains.reload(&db, options.limited_federation).await?;
        Ok(App(Arc::new(Inner {
            files: Files::new(&options.media_dir),
            net: Net::new(&options.outgoing, user_agent(&options)),
            remote: Remote::default(),
            pools: Pools::default(),
            password_permits: Arc::new(Semaphore::new(crate::passwords::AT_ONCE)),
            password_queue: Semaphore::new(crate::passwords::WAITING_MAX),
            picture_permits: Arc::new(Semaphore::new(PICTURES_AT_ONCE)),
            stopping: CancellationToken::new(),
            tokens: Tokens::default(),
            rates: Rates::default(),
            cards,
            keys: Keyring::default(),
            signers: Signers::default(),
            seen: Mutex::default(),
            facts: Mutex::default(),
            resolving: Default::default(),
            db,
            options,
            bus,
            secrets,
            settings,
            mailer,
            wakes,
        })))
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

    pub fn urls(&self) -> &Urls {
        &self.options.urls
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

    /// Writes down what is only in memory and closes the database.
    pub async fn close(&self) {
        if let Err(error) = crate::tokens::write_down_seen(self).await {
            tracing::warn!(%error, "the last uses of tokens could not be written down");
        }
        if let Err(error) = store::migrate::keep_id_floor(&self.db).await {
            tracing::warn!(%error, "the floor of ids could not be kept");
        }
        self.db.close().await;
    }

    /// Milliseconds UTC before which a user counts as away.
    pub fn active_since(&self) -> i64 {
        self.now_ms() - self.options.limits.active_days * jobs::DAY_MS
    }
}

/// What other servers' logs say of us, and where to ask.
fn user_agent(options: &Options) -> String {
    format!("Ferrodon/{} (+{}/)", options.software_version, options.urls.base)
}

fn store_options(options: &Options, bus: &Bus, wakes: &Arc<Wakes>, cards: &Cards, trust: Trust) -> store::Options {
    let (clock, bus, wakes, cards) = (options.clock.clone(), bus.clone(), wakes.clone(), cards.clone());
    store::Options {
        target: options.database.clone(),
        now_ms: Arc::new(move || clock.now_ms()),
        random: Arc::new(random_u16),
        on_commit: Arc::new(move |committed| tell(&bus, &wakes, committed)),
        on_change: Arc::new(move |changes| cards.forget(changes)),
        trust,
        node: options.node.clone(),
    }
}

fn tell(bus: &Bus, wakes: &Wakes, committed: Committed) {
    for (number, lane) in wakes.lanes.iter().enumerate() {
        if committed.lanes & (1 << number) != 0 {
            lane.notify_one();
        }
    }
    if committed.lanes & (1 << store::deliveries::BELL) != 0 {
        wakes.deliveries.notify_one();
    }
    if committed.missed {
        bus.send(Event::Missed);
    }
    for text in committed.events {
        match serde_json::from_str::<Event>(&text) {
            Ok(event) => bus.send(event),
            Err(error) => tracing::error!(%error, "an event cannot be read back"),
        }
    }
}

/// For work on the database before there is an [`App`].
pub(crate) fn store_options_alone(options: &Options) -> store::Options {
    store_options(options, &Bus::default(), &Arc::default(), &Cards::default(), Trust::default())
}
