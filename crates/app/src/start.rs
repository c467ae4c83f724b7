//! Starting and ending: from options to an [`App`], and back to a closed database.

use std::sync::{Arc, Mutex};

use store::{Committed, Db, Trust};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::app::{Inner, Options, Wakes};
use crate::bus::{Bus, Event};
use crate::cache::cards::Cards;
use crate::cache::context::Context;
use crate::cache::domains::Domains;
use crate::cache::emojis::Emojis;
use crate::cache::keyring::Keyring;
use crate::cache::remote_media::Remote;
use crate::cache::signers::Signers;
use crate::cache::tokens::Tokens;
use crate::clock::random_u16;
use crate::files::Files;
use crate::mailer::Mailer;
use crate::net::Net;
use crate::pools::Pools;
use crate::rates::Rates;
use crate::settings::Settings;
use crate::{App, Error, Result, invalidation, setup};

/// Pictures decoded at once; each may take hundreds of megabytes for a moment.
const PICTURES_AT_ONCE: usize = 1;

/// Opens the database, migrates it if asked, and makes on the first start what an instance needs:
/// sealed secrets, the instance actor.
pub async fn open(options: Options, migrate: bool) -> Result<App> {
    let trust = Trust::default();
    let (bus, wakes, cards) = (Bus::default(), Arc::new(Wakes::default()), Cards::new(options.cards_bytes, &trust));
    let (tokens, signers) = (Arc::new(Tokens::default()), Arc::new(Signers::default()));
    let heard = Heard { bus: bus.clone(), wakes: wakes.clone(), tokens: tokens.clone(), signers: signers.clone() };
    let db = Db::open(store_options(&options, heard, &cards, trust)).await.map_err(|e| Error::internal(e.to_string()))?;
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
    let context = Context { urls: options.urls.clone(), emojis: Emojis::default(), domains: Domains::default() };
    context.emojis.reload(&db, |key| context.urls.media_url(key)).await?;
    context.domains.reload(&db, options.limited_federation).await?;
    Ok(App(Arc::new(Inner {
        files: Files::new(&options.media_dir),
        net: Net::new(&options.outgoing, user_agent(&options)),
        remote: Remote::default(),
        pools: Pools::default(),
        password_permits: Arc::new(Semaphore::new(crate::passwords::AT_ONCE)),
        password_queue: Semaphore::new(crate::passwords::WAITING_MAX),
        picture_permits: Arc::new(Semaphore::new(PICTURES_AT_ONCE)),
        stopping: CancellationToken::new(),
        tokens,
        rates: Rates::default(),
        cards,
        keys: Keyring::default(),
        signers,
        seen: Mutex::default(),
        facts: Mutex::default(),
        resolving: Default::default(),
        db,
        context: Arc::new(context),
        options,
        bus,
        secrets,
        settings,
        mailer,
        wakes,
    })))
}

/// Writes down what is only in memory and closes the database.
pub async fn close(app: &App) {
    if let Err(error) = crate::tokens::write_down_seen(app).await {
        tracing::warn!(%error, "the last uses of tokens could not be written down");
    }
    if let Err(error) = store::migrate::keep_id_floor(&app.db).await {
        tracing::warn!(%error, "the floor of ids could not be kept");
    }
    app.db.close().await;
}

/// What other servers' logs say of us, and where to ask.
fn user_agent(options: &Options) -> String {
    format!("Ferrodon/{} (+{}/)", options.software_version, options.urls.base)
}

fn store_options(options: &Options, heard: Heard, cards: &Cards, trust: Trust) -> store::Options {
    let (clock, cards) = (options.clock.clone(), cards.clone());
    store::Options {
        target: options.database.clone(),
        now_ms: Arc::new(move || clock.now_ms()),
        random: Arc::new(random_u16),
        on_commit: Arc::new(move |committed| heard.tell(committed)),
        on_change: Arc::new(move |changes| cards.forget(changes)),
        trust,
        node: options.node.clone(),
    }
}

/// Who hears what was committed, here or by another process.
#[derive(Default)]
struct Heard {
    bus: Bus,
    wakes: Arc<Wakes>,
    tokens: Arc<Tokens>,
    signers: Arc<Signers>,
}

impl Heard {
    fn tell(&self, committed: Committed) {
        for (number, lane) in self.wakes.lanes.iter().enumerate() {
            if committed.lanes & (1 << number) != 0 {
                lane.notify_one();
            }
        }
        if committed.lanes & (1 << store::deliveries::BELL) != 0 {
            self.wakes.deliveries.notify_one();
        }
        if committed.missed {
            self.send(Event::Missed);
        }
        for text in committed.events {
            match serde_json::from_str::<Event>(&text) {
                Ok(event) => self.send(event),
                Err(error) => tracing::error!(%error, "an event cannot be read back"),
            }
        }
    }

    fn send(&self, event: Event) {
        invalidation::forget_at_once(&self.tokens, &self.signers, &event);
        self.bus.send(event);
    }
}

/// For work on the database before there is an [`App`].
pub(crate) fn store_options_alone(options: &Options) -> store::Options {
    store_options(options, Heard::default(), &Cards::default(), Trust::default())
}

/// Applied and pending migrations by name; with `apply`, applies them first.
pub async fn migrations(options: &Options, apply: bool) -> Result<(Vec<String>, Vec<String>)> {
    let db = Db::open(store_options_alone(options)).await.map_err(Error::internal)?;
    if apply {
        setup::migrate(&db, options).await?;
    }
    let status = store::migrate::status(&db).await.map_err(Error::internal)?;
    db.close().await;
    let name = |version: i64, name: &str| format!("{version:04} {name}");
    Ok((status.applied.iter().map(|m| name(m.version, &m.name)).collect(), status.pending.iter().map(|(v, n)| name(*v, n)).collect()))
}
