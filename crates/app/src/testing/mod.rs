//! A world for tests: a real server's insides on a database of its own, with a clock that is set and
//! jobs that run when they are told to. No test sleeps.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod fediverse;
mod person;
pub(crate) mod place;
mod postbox;

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use store::accounts::{self, NewAccount};
use store::jobs::Lane;
use store::statuses::{NewStatus, Visibility};
use store::{AccountId, ListId, MediaId, Reader, StatusId, Tx, args, follows, hosts, sql, statuses};

use crate::accounts::register::{Registration, register};
use crate::app::{App, Limits, MediaLimits, Options};
use crate::bus::{self, Event};
use crate::clock::Clock;
use crate::secrets::MasterKey;
use crate::urls::Urls;
use crate::{Origin, Result, jobs, net};

pub use fediverse::{Answer, Asked, Fediverse, Pace, RemotePerson, TestKey};
pub use person::Person;
pub use place::Engine;
use place::Place;
pub use postbox::{Arrived, Postbox};

/// When a world begins: 1 January 2026, noon UTC, in milliseconds.
pub const START_MS: i64 = 1_767_268_800_000;
pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";
/// What clients ask for.
pub const SCOPES: &str = "read write follow push";
/// Jobs may cause jobs; more rounds than this would be a circle.
const DRAIN_ROUNDS_MAX: usize = 100;
/// Longer than anything healthy takes on a busy machine, and how often it is looked for.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Rounds of work, and the time between them, in which an account is removed.
const REMOVAL_ROUNDS: usize = 4;
const REMOVAL_PAUSE_MS: i64 = 1_000;

/// Each story runs on SQLite and on PostgreSQL, in a world of its own.
#[macro_export]
macro_rules! stories {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: $kind:ident) $body:block)*) => {
        $($(#[$meta])* async fn $name($world: $kind) $body)*

        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::$kind::new($crate::testing::Engine::Sqlite).await).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::$kind::new($crate::testing::Engine::Postgres).await).await;
            })*
        }
    };
}

/// What `ask` answers when nothing is shown from memory; `None` within another such asking.
pub async fn past_cards<T>(app: &App, ask: impl Future<Output = T>) -> Option<T> {
    if app.cards.are_bypassed() {
        return None;
    }
    app.cards.bypass(true);
    let answer = ask.await;
    app.cards.bypass(false);
    Some(answer)
}

/// A running server without its network.
pub struct World {
    pub app: App,
    clock: Arc<AtomicI64>,
    people: HashMap<String, Person>,
    // Goes last: it takes the database and the files away, when no other node is there.
    place: Arc<Place>,
}

impl World {
    pub async fn new(engine: Engine) -> World {
        World::with(engine, |_| ()).await
    }

    /// A world whose owner has changed the options.
    pub async fn with(engine: Engine, change: impl FnOnce(&mut Options)) -> World {
        let (place, clock) = (Place::fresh(engine).await, Arc::new(AtomicI64::new(START_MS)));
        let mut options = options(&place, Clock::Set(clock.clone()));
        change(&mut options);
        let app = crate::start::open(options, false).await.unwrap();
        let world = World { app, clock, people: HashMap::new(), place: Arc::new(place) };
        world.is_trusted().await;
        world
    }

    /// A world whose handles are on another domain than its addresses.
    pub async fn with_handles_on(engine: Engine, account_domain: &'static str) -> World {
        let mut world = World::new(engine).await;
        store::testing::set_account_domain(&world.app.db, account_domain).await.unwrap();
        let mut options = options(&world.place, Clock::Set(world.clock.clone()));
        options.urls.account_domain = account_domain.into();
        world.app = crate::start::open(options, false).await.unwrap();
        world.is_trusted().await;
        world
    }

    /// Another process on the same database, with the same people: what they do they do there.
    pub async fn second_node(&self) -> World {
        let app = self.opened_again().await;
        let people = self.people.iter().map(|(name, person)| (name.clone(), person.at(&app))).collect();
        let world = World { app, clock: self.clock.clone(), people, place: self.place.clone() };
        world.is_trusted().await;
        world
    }

    /// Waits until what is kept in memory may be shown.
    pub async fn is_trusted(&self) {
        let trusted = async {
            while self.app.options.cards_bytes > 0 && !self.app.cards.are_trusted() {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        tokio::time::timeout(PATIENCE, trusted).await.expect("the database is listened to in time");
    }

    /// Waits until this node has heard all that `other` has committed.
    pub async fn hears_all_of(&self, other: &World) {
        static MARKS: AtomicI64 = AtomicI64::new(1);
        let mark = Event::MediaDone { media: MediaId(MARKS.fetch_add(1, Ordering::Relaxed)) };
        let mut events = self.app.bus.listen();
        other.publishes(mark.clone()).await;
        let heard = async { while events.recv().await.ok().as_ref() != Some(&mark) {} };
        tokio::time::timeout(PATIENCE, heard).await.expect("what the other node does is heard in time");
    }

    /// Ends the connection of each node that listens to the database, as a network would.
    pub async fn cuts_all_listeners(&self) {
        let cut = self.place.terminates("ferrodon listener").await;
        assert!(cut > 0, "nobody listened");
    }

    /// Adds a person who is confirmed, let in and here just now, with a token of their own.
    pub async fn with_user(mut self, name: &str) -> World {
        self.add_user(name).await;
        self
    }

    /// As [`World::with_user`], with several.
    pub async fn with_users<const N: usize>(mut self, names: [&str; N]) -> World {
        for name in names {
            self.add_user(name).await;
        }
        self
    }

    pub async fn add_user(&mut self, name: &str) -> Person {
        let (account, user) = register(&self.app, Origin::System, registration(name)).await.unwrap();
        let person = Person::new(&self.app, name, account, user).await;
        self.people.insert(name.to_owned(), person.clone());
        person
    }

    /// Adds an account of another server.
    pub async fn knows_somebody_on(&self, domain: &'static str) -> AccountId {
        self.write(move |tx| async move {
            let id = AccountId(tx.next_id());
            let uri = format!("https://{domain}/users/{id}");
            let username = format!("somebody{id}");
            let new = NewAccount { id, username, domain: domain.into(), uri, url: None, actor_type: 0, display_name: String::new(), locked: false };
            accounts::insert(&tx, &new).await?;
            Ok(id)
        })
        .await
    }

    /// A person added before.
    pub fn user(&self, name: &str) -> Person {
        self.people.get(name).unwrap_or_else(|| panic!("nobody here is called {name}")).clone()
    }

    /// Several people added before.
    pub fn users<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        names.map(|name| self.user(name))
    }

    /// Somebody of another server, whom this one has heard of.
    pub async fn stranger(&self, name: &'static str, domain: &'static str) -> AccountId {
        self.write(move |tx| async move {
            let id = AccountId(tx.next_id());
            let account = NewAccount {
                id,
                username: name.to_owned(),
                domain: domain.to_owned(),
                uri: format!("https://{domain}/users/{name}"),
                url: None,
                actor_type: 0,
                display_name: String::new(),
                locked: false,
            };
            assert!(accounts::insert(&tx, &account).await?);
            Ok(id)
        })
        .await
    }

    /// Somebody of another server, with their inboxes as their actor has them.
    pub async fn knows(&self, person: &RemotePerson) -> AccountId {
        let person = person.clone();
        self.write(move |tx| async move {
            let id = AccountId(tx.next_id());
            let account = NewAccount {
                id,
                username: person.username.clone(),
                domain: person.domain.clone(),
                uri: person.uri.clone(),
                url: None,
                actor_type: 0,
                display_name: String::new(),
                locked: false,
            };
            assert!(accounts::insert(&tx, &account).await?);
            let inboxes = args![id, person.inbox(), person.shared_inbox()];
            tx.exec(sql!("UPDATE accounts SET inbox_url = $2, shared_inbox_url = $3 WHERE id = $1"), inboxes).await?;
            Ok(id)
        })
        .await
    }

    /// Whether the account asks its followers to wait for an answer.
    pub async fn locks(&self, person: &Person, locked: bool) {
        let account = person.account;
        self.write(
            move |tx| async move { Ok(tx.exec(sql!("UPDATE accounts SET locked = $1 WHERE id = $2"), args![locked, account]).await.map(drop)?) },
        )
        .await;
    }

    /// The account is one of those whose addresses have its name in them.
    pub async fn is_named_by_username(&self, person: &Person) {
        let (account, uri) = (person.account, format!("{}/users/{}", self.app.urls().base, person.name));
        self.write(move |tx| async move {
            Ok(tx.exec(sql!("UPDATE accounts SET id_scheme = 0, uri = $1 WHERE id = $2"), args![uri, account]).await.map(drop)?)
        })
        .await;
    }

    /// Whether others see whom the account follows and who follows it.
    pub async fn hides_collections(&self, person: &Person) {
        let account = person.account;
        self.write(move |tx| async move {
            Ok(tx.exec(sql!("UPDATE accounts SET hide_collections = TRUE WHERE id = $1"), args![account]).await.map(drop)?)
        })
        .await;
    }

    /// A moderator limits the account.
    pub async fn limits(&self, person: &Person) {
        let account = person.account;
        self.write(move |tx| async move {
            Ok(tx.exec(sql!("UPDATE accounts SET silenced_at = $1 WHERE id = $2"), args![tx.now(), account]).await.map(drop)?)
        })
        .await;
        self.app.tokens.forget_account(account);
    }

    /// One account, which need not be a person's, follows another.
    pub async fn joins(&self, account: AccountId, target: AccountId) {
        self.write(move |tx| async move {
            let options = follows::Options { show_reblogs: true, notify: false, languages: None };
            follows::insert(&tx, account, target, &options).await?;
            crate::accounts::follow::count(&tx, account, target, 1).await
        })
        .await;
    }

    /// A public status of an account that need not be a person's.
    pub async fn hears(&self, author: AccountId, reply_to: Option<(StatusId, AccountId)>) -> StatusId {
        self.write(move |tx| async move {
            let id = StatusId(tx.next_id());
            let status = NewStatus {
                id,
                account_id: author,
                uri: format!("https://far.test/statuses/{id}"),
                url: None,
                text: "far".into(),
                content: "<p>far</p>".into(),
                spoiler_text: String::new(),
                sensitive: false,
                visibility: Visibility::Public,
                language: None,
                in_reply_to: reply_to,
                reblog_of_id: None,
                conversation_id: None,
                application_id: None,
                quote_approval_policy: 0,
                local: true,
                orphan: false,
                emojis: String::new(),
                created_at: tx.now(),
            };
            statuses::insert(&tx, &status).await?;
            crate::effects::feeds::deliver(&tx, &status, 0).await?;
            Ok(id)
        })
        .await
    }

    /// A second handle on the same database and files, as after a new start.
    pub async fn opened_again(&self) -> App {
        let mut options = options(&self.place, Clock::Set(self.clock.clone()));
        options.outgoing = self.app.options.outgoing.clone();
        crate::start::open(options, false).await.unwrap()
    }

    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }

    /// Moves the clock on.
    pub fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    /// Until an account that is being deleted is gone: its removal waits for that of its statuses.
    pub async fn drain_removal(&self) {
        for _ in 0..REMOVAL_ROUNDS {
            self.drain_jobs().await;
            self.advance(REMOVAL_PAUSE_MS);
        }
    }

    /// Moves the clock on by a millisecond each time it is called.
    pub fn ticks(&self) -> impl Fn() + Send + Sync + 'static {
        let clock = self.clock.clone();
        move || {
            clock.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What is remembered of an account's access tokens is forgotten.
    pub fn forget_tokens(&self, account: AccountId) {
        self.app.tokens.forget_account(account);
    }

    /// What is remembered of an account's keys is forgotten.
    pub fn forget_keys(&self, account: AccountId) {
        self.app.signers.forget(account);
    }

    /// Runs what is due, and what that causes, until nothing is left.
    pub async fn drain_jobs(&self) {
        for _ in 0..DRAIN_ROUNDS_MAX {
            let mut ran = 0;
            for lane in Lane::ALL {
                ran += jobs::run_due(&self.app, lane).await.unwrap();
            }
            ran += crate::federation::engine::run_due(&self.app).await.unwrap() as i64;
            if ran == 0 {
                return;
            }
        }
        panic!("the jobs never end");
    }

    /// Activities of others that are recorded, and those of them that are still to be done.
    pub async fn received(&self) -> (i64, i64) {
        self.read(|r| async move {
            let recorded = r.value(sql!("SELECT count(*) FROM received_activities"), args![]).await?;
            let waiting = r.value(sql!("SELECT count(*) FROM jobs WHERE kind = 'receive_activity'"), args![]).await?;
            Ok((recorded.unwrap_or_default(), waiting.unwrap_or_default()))
        })
        .await
    }

    /// Waits for `work` while a worker runs the media jobs that it enqueues.
    pub async fn with_media_worker<T>(&self, work: impl Future<Output = T>) -> T {
        let worker = async {
            loop {
                self.app.woken(Lane::Media).await;
                jobs::run_due(&self.app, Lane::Media).await.unwrap();
            }
        };
        tokio::select! {
            done = work => done,
            () = worker => unreachable!("the worker never ends"),
        }
    }

    /// Statements that `work` takes when nothing of what it shows is in memory.
    pub async fn statements_of<T>(&self, work: impl Future<Output = T>) -> (u64, T) {
        self.app.cards.bypass(true);
        let counted = self.statements_of_warm(work).await;
        self.app.cards.bypass(false);
        counted
    }

    /// Statements that `work` takes, with what is in memory.
    pub async fn statements_of_warm<T>(&self, work: impl Future<Output = T>) -> (u64, T) {
        let before = self.app.db.statements();
        let done = work.await;
        (self.app.db.statements() - before, done)
    }

    pub async fn read<T, F, Fut>(&self, read: F) -> T
    where
        F: FnOnce(Reader) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        self.app.read(read).await.unwrap()
    }

    pub async fn write<T, F, Fut>(&self, write: F) -> T
    where
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        self.app.write(write).await.unwrap()
    }

    /// `one` blocks `other`, as a row.
    pub async fn has_blocked(&self, one: &Person, other: &Person) {
        store::testing::insert_block(&self.app.db, one.account, other.account).await.unwrap();
    }

    /// `person` blocks a domain, as a row; it may have a port.
    pub async fn has_blocked_domain(&self, person: &Person, domain: &str) {
        store::testing::insert_domain_block(&self.app.db, person.account, domain).await.unwrap();
    }

    /// `one` mutes `other`, as a row; with their notifications or without.
    pub async fn has_muted(&self, one: &Person, other: &Person, hide_notifications: bool) {
        store::testing::insert_mute(&self.app.db, one.account, other.account, hide_notifications).await.unwrap();
    }

    /// A list without members.
    pub async fn list_of(&self, person: &Person) -> ListId {
        store::testing::insert_list(&self.app.db, person.account).await.unwrap()
    }

    /// A status comes into a list's feed, and streams are told.
    pub async fn comes_into(&self, list: ListId, status: StatusId) {
        store::testing::insert_into_list_feed(&self.app.db, list, status).await.unwrap();
        self.publishes(Event::Lists { status, lists: vec![list] }).await;
    }

    /// `person` mutes the thread of `status`, as a row.
    pub async fn has_muted_thread(&self, person: &Person, status: StatusId) {
        store::testing::mute_thread(&self.app.db, person.account, status).await.unwrap();
    }

    /// A moderator has limited `person`.
    pub async fn has_silenced(&self, person: &Person) {
        store::testing::silence(&self.app.db, person.account).await.unwrap();
    }

    /// A transaction that does nothing but tell of `event`.
    pub async fn publishes(&self, event: Event) {
        self.write(move |tx| async move {
            bus::publish(&tx, &event);
            Ok(())
        })
        .await;
    }

    /// A host that has not answered for so long that nothing is queued for it any more.
    pub async fn has_given_up(&self, domain: &str) {
        let domain = domain.to_owned();
        self.write(move |tx| async move {
            hosts::want(&tx, std::slice::from_ref(&domain)).await?;
            hosts::claim(&tx, "test", false, 1, 1).await?;
            let failed = hosts::Failed { failures: 1, unavailable: true, ..hosts::Failed::default() };
            assert_eq!(hosts::release_failed(&tx, "test", &domain, &failed).await?, 1);
            Ok(())
        })
        .await;
    }

    pub async fn is_given_up(&self, domain: &str) -> bool {
        let domain = domain.to_owned();
        self.read(move |r| async move { Ok(hosts::find_shown(&r, &domain).await?.is_some_and(|host| host.unavailable_at.is_some())) }).await
    }

    /// The address of the conversation that a status is in.
    pub async fn context_of(&self, status: StatusId) -> String {
        let found = self.read(move |r| async move { Ok(statuses::find(&r, status).await?) }).await;
        self.app.urls().context_uri(found.and_then(|status| status.conversation_id).unwrap())
    }

    /// Suspends somebody, as a moderator would; what they may do is forgotten.
    pub async fn suspend(&self, person: &Person) {
        let account = person.account;
        self.write(move |tx| async move { Ok(store::accounts::suspend(&tx, account).await?) }).await;
        self.app.tokens.forget_account(account);
    }

    /// Marks a notification as held back by the policy of who got it.
    pub async fn hold_back(&self, id: store::NotificationId) {
        self.write(move |tx| async move { Ok(store::testing::hold_back(&tx, id).await?) }).await;
    }

    /// Where the media files are.
    pub fn media_dir(&self) -> std::path::PathBuf {
        self.place.media_dir()
    }
}

/// A login that may come in at once.
pub fn registration(name: &str) -> Registration {
    Registration {
        username: name.to_owned(),
        email: format!("{name}@mail.test"),
        password: PASSWORD.to_owned(),
        confirmed: true,
        approved: true,
        ..Registration::default()
    }
}

/// Puts another public key into the row of a key, and tells nobody.
pub async fn replace_key(world: &World, key_id: &str, public_pem: &str) {
    let (uri, pem) = (key_id.to_owned(), public_pem.to_owned());
    world
        .write(move |tx| async move { Ok(tx.exec(sql!("UPDATE keypairs SET public_key = $1 WHERE uri = $2"), args![pem, uri]).await.map(drop)?) })
        .await;
}

/// A PNG of one colour.
pub fn png(width: u32, height: u32) -> bytes::Bytes {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, height, image::Rgb([40, 90, 200])).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner().into()
}

/// A picture that looks like one from outside and is broken within.
pub fn broken_png() -> bytes::Bytes {
    let whole = png(64, 64);
    let mut bytes = whole.to_vec();
    let at = bytes.windows(4).position(|window| window == b"IDAT").unwrap() + 6;
    for byte in &mut bytes[at..at + 8] {
        *byte ^= 0xff;
    }
    bytes.into()
}

pub(crate) fn options(place: &Place, clock: Clock) -> Options {
    Options {
        urls: Urls { base: "https://here.test".into(), account_domain: "here.test".into(), web_domain: "here.test".into() },
        software_name: "ferrodon".into(),
        software_version: "0.0.0".into(),
        compat_version: "4.5.0".into(),
        commit: Some("0123456789abcdef0123456789abcdef01234567".into()),
        source_url: "https://source.test".into(),
        default_locale: "en".into(),
        database: place.database(),
        cards_bytes: 1024 * 1024,
        media_dir: place.media_dir(),
        master_key: MasterKey::new(&[7; 32]).unwrap(),
        limits: Limits {
            post_chars: 500,
            attachments: 4,
            description_chars: 1_500,
            display_name_chars: 30,
            bio_chars: 500,
            profile_fields: 4,
            image_bytes: 1024 * 1024,
            image_pixels: 4_000_000,
            home_feed: 20,
            active_days: 7,
            sessions: 3,
            follows: 5,
        },
        media: MediaLimits {
            remote_cache_bytes: 10 * 1024 * 1024,
            remote_image_bytes: 1024 * 1024,
            remote_video_bytes: 2 * 1024 * 1024,
            remote_portrait_bytes: 512 * 1024,
            remote_emoji_bytes: 256 * 1024,
        },
        mail: None,
        outgoing: net::Options::default(),
        limited_federation: false,
        pinned: HashMap::new(),
        clock,
        node: "test".into(),
    }
}
