//! Databases for tests: a fresh one each, with a clock that tests set and events that they read.

use std::collections::HashSet;
use std::future::Future;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::accounts::NewAccount;
use crate::db::Target;
use crate::dialect::Engine;
use crate::follows::Options as FollowOptions;
use crate::page::Page;
use crate::statuses::{NewStatus, Visibility};
use crate::transaction::lock;
use crate::users::NewUser;
use crate::{AccountId, Change, Committed, Db, Options, Reader, Result, StatusId, Trust, Tx, UserId, accounts, follows, migrate, statuses, users};

/// When a test begins, milliseconds UTC.
pub const START_MS: i64 = 1_700_000_000_000;
const READERS: usize = 2;
pub const POOL: usize = 4;
const URL_VARIABLE: &str = "FERRODON_TEST_POSTGRES_URL";
/// All databases a test run makes begin with this.
const PREFIX: &str = "store_test";

/// Tests of one module: each is run on SQLite and on PostgreSQL, and `all` runs them on one database.
macro_rules! stories {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident) $body:block)*) => {
        $($(#[$meta])* async fn $name($db: &$crate::tests::world::Database) $body)*

        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::tests::world::with_sqlite(async |db| super::$name(&db).await).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::tests::world::with_postgres(async |db| super::$name(&db).await).await;
            })*
        }

        /// Every story of this module, one after the other, each on an emptied database.
        #[allow(dead_code, reason = "stories that need a database of their own are not run together")]
        pub async fn all(db: &$crate::tests::world::Database) {
            $(db.empty().await; $name(db).await;)*
        }
    };
}
pub(crate) use stories;

/// A migrated database of a test's own.
pub struct Database {
    pub db: Db,
    clock: Arc<AtomicI64>,
    commits: Arc<Mutex<Vec<Committed>>>,
    changes: Arc<Mutex<Vec<Change>>>,
    names: AtomicU64,
    /// Where it is: a file in a directory that goes with the test, or a database of the cluster.
    pub place: Place,
}

pub enum Place {
    File(TempDir),
    Named(String),
}

/// Runs `story` on a migrated SQLite file.
pub async fn with_sqlite(story: impl AsyncFnOnce(Arc<Database>)) {
    let database = Arc::new(Database::sqlite().await);
    story(database.clone()).await;
    database.db.close().await;
}

/// Runs `story` on a migrated PostgreSQL database and drops it.
pub async fn with_postgres(story: impl AsyncFnOnce(Arc<Database>)) {
    let database = Arc::new(Database::postgres().await);
    story(database.clone()).await;
    database.drop_postgres().await;
}

impl Database {
    pub async fn sqlite() -> Database {
        let place = Place::File(TempDir::new().unwrap());
        let database = Database::at(place).await;
        migrate::migrate(&database.db, START_MS).await.unwrap();
        database
    }

    /// A copy of the template, which is migrated once.
    pub async fn postgres() -> Database {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let template = template().await;
        let name = format!("{PREFIX}_{}_{}", std::process::id(), SERIAL.fetch_add(1, Ordering::Relaxed));
        admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        admin(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Database::at(Place::Named(name)).await
    }

    /// A new database without a table.
    pub async fn empty_postgres(name: &str) -> Database {
        let name = format!("{PREFIX}_{}_{name}", std::process::id());
        admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        admin(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")).await;
        Database::at(Place::Named(name)).await
    }

    /// Closes a PostgreSQL database and removes it.
    pub async fn drop_postgres(&self) {
        self.db.close().await;
        if let Place::Named(name) = &self.place {
            admin(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }

    async fn at(place: Place) -> Database {
        let (clock, commits, changes) = (Arc::new(AtomicI64::new(START_MS)), Arc::default(), Arc::default());
        let db = open(&place, &clock, &commits, &changes).await;
        Database { db, clock, commits, changes, names: AtomicU64::new(0), place }
    }

    /// A second handle to the same database, as after a new start.
    pub async fn opened_again(&self) -> Db {
        open(&self.place, &self.clock, &self.commits, &self.changes).await
    }

    pub fn engine(&self) -> Engine {
        self.db.engine()
    }

    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }

    /// Moves the clock; a negative number steps it back.
    pub fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    /// What has been told of changed rows since it was last asked, each once.
    pub fn take_changes(&self) -> HashSet<Change> {
        std::mem::take(&mut *lock(&self.changes)).into_iter().collect()
    }

    /// What commits have published since it was last asked.
    pub fn committed(&self) -> Vec<Committed> {
        std::mem::take(&mut lock(&self.commits))
    }

    pub async fn write<T, F, Fut>(&self, write: F) -> T
    where
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        self.db.write(write).await.unwrap()
    }

    pub async fn read<T, F, Fut>(&self, read: F) -> T
    where
        F: FnOnce(Reader) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        self.db.read(read).await.unwrap()
    }

    /// Deletes every row but the roles that migrations made and the register of migrations.
    pub async fn empty(&self) {
        let deletes = tables().into_iter().filter(|table| *table != "roles").map(|table| format!("DELETE FROM {table};"));
        self.db.batch(deletes.collect()).await.unwrap();
        let engine = self.engine();
        let search = ["search_statuses", "search_accounts"].map(|table| match engine {
            Engine::Sqlite => format!("INSERT INTO {table} ({table}) VALUES ('delete-all');"),
            Engine::Postgres => format!("DELETE FROM {table};"),
        });
        self.db.batch(search.concat()).await.unwrap();
        self.clock.store(START_MS, Ordering::Relaxed);
        self.committed();
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        match &self.place {
            Place::File(_) => self.raw_sqlite().query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap(),
            Place::Named(_) => self.raw_postgres().await.query_one(&format!("SELECT COUNT(*) FROM {table}"), &[]).await.unwrap().get(0),
        }
    }

    /// A connection past the store, to see what others see.
    pub fn raw_sqlite(&self) -> rusqlite::Connection {
        let Place::File(dir) = &self.place else { panic!("not on SQLite") };
        rusqlite::Connection::open(dir.path().join("test.db")).unwrap()
    }

    pub async fn raw_postgres(&self) -> tokio_postgres::Client {
        let Place::Named(name) = &self.place else { panic!("not on PostgreSQL") };
        connect(&url_of(name)).await
    }

    fn name(&self) -> String {
        format!("user{}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    /// A local account without a login.
    pub async fn account(&self) -> AccountId {
        self.account_on("").await
    }

    /// An account of another server, or of this one if `domain` is empty.
    pub async fn account_on(&self, domain: &'static str) -> AccountId {
        let name = self.name();
        self.write(move |tx| async move {
            let id = AccountId(tx.next_id());
            assert!(accounts::insert(&tx, &new_account(id, &name, domain)).await?);
            Ok(id)
        })
        .await
    }

    /// A local account with a confirmed login, here just now.
    pub async fn user(&self) -> AccountId {
        self.login().await.0
    }

    pub async fn login(&self) -> (AccountId, UserId) {
        let account = self.account().await;
        let id = self.write(move |tx| async move {
            let id = UserId(tx.next_id());
            assert!(users::insert(&tx, &new_user(id, account)).await?);
            Ok(id)
        });
        (account, id.await)
    }

    pub async fn follows(&self, account: AccountId, target: AccountId) {
        self.write(move |tx| async move { follows::insert(&tx, account, target, &plain_follow()).await }).await.unwrap();
    }

    pub async fn mutes(&self, account: AccountId, target: AccountId) {
        self.exec(crate::sql!("INSERT INTO mutes (id, account_id, target_account_id, created_at) VALUES ($1, $2, $3, 0)"), move |id| {
            Vec::from(crate::args![id, account, target])
        })
        .await;
    }

    pub async fn blocks_host(&self, account: AccountId, domain: &'static str) {
        self.exec(crate::sql!("INSERT INTO account_domain_blocks (id, account_id, domain) VALUES ($1, $2, $3)"), move |id| {
            Vec::from(crate::args![id, account, domain])
        })
        .await;
    }

    pub async fn asks_to_follow(&self, account: AccountId, target: AccountId) {
        self.exec(crate::sql!("INSERT INTO follow_requests (id, account_id, target_account_id, created_at) VALUES ($1, $2, $3, 0)"), move |id| {
            Vec::from(crate::args![id, account, target])
        })
        .await;
    }

    pub async fn is_silenced(&self, account: AccountId) {
        self.exec(crate::sql!("UPDATE accounts SET silenced_at = 1 WHERE id = $1"), move |_| Vec::from(crate::args![account])).await;
    }

    /// The status came from another server.
    pub async fn is_remote(&self, status: StatusId) {
        self.exec(crate::sql!("UPDATE statuses SET local = FALSE WHERE id = $1"), move |_| Vec::from(crate::args![status])).await;
    }

    /// The account's user is here just now.
    pub async fn is_here(&self, account: AccountId) {
        let now = self.now();
        self.exec(crate::sql!("UPDATE users SET last_active_at = $1 WHERE account_id = $2"), move |_| Vec::from(crate::args![now, account])).await;
    }

    async fn exec(&self, sql: &'static crate::sql::Sql, args: impl FnOnce(i64) -> Vec<crate::Value> + Send + 'static) {
        self.write(move |tx| async move {
            let args = args(tx.next_id());
            tx.exec(sql, args).await
        })
        .await;
    }

    /// A public status, one millisecond after whatever came before.
    pub async fn posts(&self, author: AccountId) -> StatusId {
        self.posts_with(author, |_| ()).await
    }

    pub async fn posts_with(&self, author: AccountId, change: impl FnOnce(&mut NewStatus)) -> StatusId {
        self.advance(1);
        let mut status = new_status(StatusId(0), author);
        change(&mut status);
        let now = self.now();
        self.write(move |tx| async move {
            status.id = StatusId(tx.next_id());
            status.uri = format!("https://here.test/statuses/{}", status.id);
            status.created_at = now;
            assert!(statuses::insert(&tx, &status).await?);
            Ok(status.id)
        })
        .await
    }

    pub async fn reblogs(&self, account: AccountId, status: StatusId) -> StatusId {
        self.posts_with(account, |new| new.reblog_of_id = Some(status)).await
    }

    pub async fn replies(&self, account: AccountId, to: StatusId, to_account: AccountId) -> StatusId {
        self.posts_with(account, |new| new.in_reply_to = Some((to, to_account))).await
    }

    pub async fn mentions(&self, status: StatusId, account: AccountId, silent: bool) {
        self.write(move |tx| async move { statuses::insert_mention(&tx, status, account, silent).await }).await;
    }
}

pub fn new_account(id: AccountId, name: &str, domain: &str) -> NewAccount {
    let server = if domain.is_empty() { "here.test" } else { domain };
    NewAccount {
        id,
        username: name.to_owned(),
        domain: domain.to_owned(),
        uri: format!("https://{server}/users/{id}"),
        url: Some(format!("https://{server}/@{name}")),
        actor_type: 0,
        display_name: format!("{name} from {server}"),
        locked: false,
    }
}

pub fn new_user(id: UserId, account_id: AccountId) -> NewUser {
    let email = format!("{account_id}@mail.test");
    NewUser {
        id,
        account_id,
        email,
        password_hash: "hash".into(),
        confirmed: true,
        approved: true,
        role_id: None,
        locale: None,
        time_zone: None,
        invite_request: None,
        created_by_application_id: None,
        sign_up_ip: None,
    }
}

pub fn new_status(id: StatusId, account_id: AccountId) -> NewStatus {
    NewStatus {
        id,
        account_id,
        uri: format!("https://here.test/statuses/{id}"),
        url: None,
        text: "hello".into(),
        content: "<p>hello</p>".into(),
        spoiler_text: String::new(),
        sensitive: false,
        visibility: Visibility::Public,
        language: Some("en".into()),
        in_reply_to: None,
        reblog_of_id: None,
        conversation_id: None,
        application_id: None,
        quote_approval_policy: 0,
        local: true,
        orphan: false,
        emojis: String::new(),
        created_at: START_MS,
    }
}

pub fn plain_follow() -> FollowOptions {
    FollowOptions { show_reblogs: true, notify: false, languages: None }
}

/// The tables that the migrations make.
pub fn tables() -> Vec<&'static str> {
    let lines = migrate::MIGRATIONS.iter().flat_map(|migration| migration.2.lines());
    lines.filter_map(|line| line.strip_prefix("CREATE TABLE ")).filter_map(|rest| rest.split(' ').next()).collect()
}

/// Walks a list both ways and compares each page with the whole list, newest first.
pub async fn pages_both_ways(newest_first: &[i64], fetch: impl AsyncFn(Page) -> Vec<i64>) {
    let all = newest_first;
    assert!(all.len() >= 5, "too few items to page through: {all:?}");
    let (none, two) = (Page::default(), Page::first(2));
    assert_eq!(fetch(Page::first(100)).await, all, "the whole list");
    assert_eq!(fetch(two).await, all[..2], "the first page");
    assert_eq!(fetch(Page { max_id: Some(all[1]), ..two }).await, all[2..4], "older than an item");
    assert_eq!(fetch(Page { since_id: Some(all[3]), ..two }).await, all[..2], "the newest that are newer");
    assert_eq!(fetch(Page { min_id: Some(all[3]), ..two }).await, all[1..3], "those just newer");
    assert_eq!(fetch(Page { min_id: Some(all[4]), since_id: Some(all[0]), ..two }).await, all[2..4], "min_id wins over since_id");
    let between = Page { max_id: Some(all[0]), limit: 9, ..none };
    assert_eq!(fetch(Page { min_id: Some(all[4]), ..between }).await, all[1..4], "between two, ascending");
    assert_eq!(fetch(Page { since_id: Some(all[4]), ..between }).await, all[1..4], "between two, descending");
    assert!(fetch(Page { max_id: all.last().copied(), ..two }).await.is_empty(), "nothing is older than the oldest");
    assert!(fetch(Page { min_id: Some(all[0]), ..two }).await.is_empty(), "nothing is newer than the newest");
    let mut walked = fetch(two).await;
    while let Some(last) = walked.last().copied() {
        let page = fetch(Page { max_id: Some(last), ..two }).await;
        if page.is_empty() {
            break;
        }
        walked.extend(page);
    }
    assert_eq!(walked, all, "page by page");
}

pub fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}

async fn open(place: &Place, clock: &Arc<AtomicI64>, commits: &Arc<Mutex<Vec<Committed>>>, changes: &Arc<Mutex<Vec<Change>>>) -> Db {
    let target = match place {
        Place::File(dir) => Target::Sqlite { path: dir.path().join("test.db"), readers: READERS },
        Place::Named(name) => Target::Postgres { url: url_of(name), listen_url: url_of(name), pool: POOL },
    };
    let (clock, commits, changes, random) = (clock.clone(), commits.clone(), changes.clone(), AtomicU64::new(1));
    let options = Options {
        target,
        now_ms: Arc::new(move || clock.load(Ordering::Relaxed)),
        // Knuth's multiplier: scattered, and the same in every run.
        random: Arc::new(move || (random.fetch_add(6_364_136_223_846_793_005, Ordering::Relaxed) >> 48) as u16),
        on_commit: Arc::new(move |committed| lock(&commits).push(committed)),
        on_change: Arc::new(move |told| lock(&changes).extend_from_slice(told)),
        trust: Trust::default(),
        node: "test".into(),
    };
    Db::open(options).await.unwrap()
}

/// The cluster's URL with another database in it; deadlocks are found at once.
pub fn url_of(database: &str) -> String {
    let url = std::env::var(URL_VARIABLE).unwrap_or_else(|_| panic!("{URL_VARIABLE} is not set: run bin/test, which starts PostgreSQL"));
    let (path, query) = url.split_once('?').map_or((url.as_str(), ""), |(path, query)| (path, query));
    let server = path.rsplit_once('/').map_or(path, |(server, _)| server);
    format!("{server}/{database}?{query}&options=-c%20deadlock_timeout%3D20ms").replace("?&", "?")
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn admin(text: &str) {
    connect(&url_of("postgres")).await.batch_execute(text).await.unwrap();
}

/// The name of a migrated database to copy; made once for each text of the migrations.
async fn template() -> String {
    static MADE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    MADE.get_or_init(|| async {
        let name = format!("{PREFIX}_template_{:016x}", crate::testing::schema_fingerprint());
        let admin_client = connect(&url_of("postgres")).await;
        // Held until this client goes: another test run waits here.
        admin_client.execute("SELECT pg_advisory_lock(4977)", &[]).await.unwrap();
        let there = admin_client.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.unwrap();
        if there.is_empty() {
            let half_made = format!("{name}_half_made");
            admin(&format!("DROP DATABASE IF EXISTS {half_made} WITH (FORCE)")).await;
            admin(&format!("CREATE DATABASE {half_made} TEMPLATE template0 ENCODING 'UTF8'")).await;
            let database = Database::at(Place::Named(half_made.clone())).await;
            migrate::migrate(&database.db, START_MS).await.unwrap();
            database.db.close().await;
            drop(database);
            disconnect_all(&admin_client, &half_made).await;
            admin(&format!("ALTER DATABASE {half_made} RENAME TO {name}")).await;
        }
        name
    })
    .await
    .clone()
}

/// Ends the connections to a database, since closing is not at once.
async fn disconnect_all(client: &tokio_postgres::Client, database: &str) {
    client.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", &[&database]).await.unwrap();
}
