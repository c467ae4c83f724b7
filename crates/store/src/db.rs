//! The database as the rest of the program sees it: `db.read`, `db.write`, [`Reader`], [`Tx`].
//!
//! A transaction is one async closure. On SQLite it runs to its end on the writer thread, in a
//! savepoint, and a group of waiting closures shares one commit; on PostgreSQL it runs in a task of
//! its own on a pooled connection. In both, `Ok` commits; `Err`, a panic, awaiting anything but the
//! database and a dropped request roll back. There is no public `begin`.

use std::future::Future;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::changes::OnChange;
use crate::dialect::Engine;
use crate::ids::Generator;
use crate::link::{self, Ears, Trust};
use crate::postgres::{Postgres, Turn};
use crate::row::{FromColumn, FromRow};
use crate::sql::{COUNTER, Sql};
use crate::sqlite::Sqlite;
use crate::transaction::{After, OnCommit, Run, in_transaction, lock};
use crate::{Error, Result, Value, postgres, sqlite};

/// Where the database is and what the store needs from its owner.
pub struct Options {
    pub target: Target,
    /// Milliseconds since 1970, UTC.
    pub now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    pub random: Arc<dyn Fn() -> u16 + Send + Sync>,
    pub on_commit: OnCommit,
    /// Is told what looks different after a commit, before its writer is; see [`Db::watch`].
    pub on_change: OnChange,
    /// Holds while all that changes is told.
    pub trust: Trust,
    /// This process, in words that others may read.
    pub node: String,
}

/// The two databases: where the data is.
#[derive(Clone)]
pub enum Target {
    Sqlite {
        path: PathBuf,
        readers: usize,
    },
    /// `listen_url`: past any pooler, for the connection that listens.
    Postgres {
        url: String,
        listen_url: String,
        pool: usize,
    },
}

/// So many between two calls of [`Db::rest`] are what a server does that nobody asks.
const QUIET_TRANSACTIONS: u64 = 20;

/// Where a closure leaves its result.
type Slot<T, E> = Arc<Mutex<Option<Result<T, E>>>>;

fn counted<H: Send + 'static>(statements: Arc<AtomicU64>, run: Run<H>) -> Run<H> {
    Box::new(move |handle| Box::pin(COUNTER.scope(statements, run(handle))))
}

/// A closure over what the engine hands out, from one over what the caller gets.
fn on<S: 'static, H: 'static>(run: Run<H>, handle: impl FnOnce(S) -> H + Send + 'static) -> Run<S> {
    Box::new(move |session| run(handle(session)))
}

/// A handle to the database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Backend,
    shared: Arc<Shared>,
    trust: Trust,
    statements: Arc<AtomicU64>,
    /// Transactions that began since it was last asked for rest.
    begun: AtomicU64,
    /// Whether memory has been needed since it was last given back.
    needed: AtomicBool,
}

struct Shared {
    now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    random: Arc<dyn Fn() -> u16 + Send + Sync>,
    on_commit: OnCommit,
    ids: Generator,
}

enum Backend {
    Sqlite(Box<Sqlite>),
    Postgres(Postgres),
}

impl Db {
    /// Opens the database without migrating it.
    ///
    /// Errors: `Open` with what to do when the file or URL cannot be used.
    pub async fn open(options: Options) -> Result<Db> {
        let backend = match options.target {
            Target::Sqlite { path, readers } => Backend::Sqlite(Box::new(Sqlite::open(&path, readers, options.on_change)?)),
            Target::Postgres { url, listen_url, pool } => {
                let ears = Ears { on_commit: options.on_commit.clone(), on_change: options.on_change, trust: options.trust.clone() };
                Backend::Postgres(Postgres::open(&url, pool).await?.with_link(&listen_url, &options.node, ears)?)
            }
        };
        let shared = Shared { now_ms: options.now_ms, random: options.random, on_commit: options.on_commit, ids: Generator::default() };
        let (statements, begun, needed) = (Arc::default(), AtomicU64::new(0), AtomicBool::new(true));
        Ok(Db { inner: Arc::new(Inner { backend, shared: Arc::new(shared), trust: options.trust, statements, begun, needed }) })
    }

    /// The kind of database behind this handle.
    pub fn engine(&self) -> Engine {
        match self.inner.backend {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins to tell what changes, and on PostgreSQL to hear what other processes commit; to be called once the
    /// database is migrated. Returns whether all is told, so that rows may be kept in memory while
    /// [`Options::trust`] holds: on PostgreSQL not when another version of this program has put its triggers there.
    pub async fn watch(&self) -> Result<bool> {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => {
                sqlite.watch().await?;
                self.inner.trust.always();
                Ok(true)
            }
            Backend::Postgres(postgres) => {
                let kept = postgres.told().await?;
                let (there, ours) = (kept.is_some(), kept.as_deref() == Some(link::fingerprint().as_str()));
                if !ours {
                    tracing::warn!("the database does not tell this version what changes: nothing is kept in memory; `ferrodon db migrate` mends it");
                }
                if there {
                    postgres.listen().await?;
                }
                Ok(ours)
            }
        }
    }

    /// The generator of ids, to raise its floor at start and keep it at the end.
    pub fn ids(&self) -> &Generator {
        &self.inner.shared.ids
    }

    /// How many statements have run through this handle; counted in debug builds only, for tests that
    /// hold a request to its number of queries.
    pub fn statements(&self) -> u64 {
        self.inner.statements.load(Ordering::Relaxed)
    }

    /// Takes the types off a caller's closure; `slot` gets its result. Debug builds count its statements.
    fn erase<H, T, E, F, Fut>(&self, run: F, slot: &Slot<T, E>) -> Run<H>
    where
        H: Send + 'static,
        F: FnOnce(H) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let slot = slot.clone();
        let run: Run<H> = Box::new(move |handle| {
            Box::pin(async move {
                let result = run(handle).await;
                let wants_commit = result.is_ok();
                *lock(&slot) = Some(result);
                wants_commit
            })
        });
        if cfg!(debug_assertions) { counted(self.inner.statements.clone(), run) } else { run }
    }

    /// Runs `read` on one snapshot of the database.
    ///
    /// Errors: those of `read`, and `Nested` inside another transaction.
    pub async fn read<T, E, F, Fut>(&self, read: F) -> Result<T, E>
    where
        F: FnOnce(Reader) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        if in_transaction() {
            return Err(Error::Nested.into());
        }
        self.inner.begun.fetch_add(1, Ordering::Relaxed);
        let slot = Slot::default();
        let run = self.erase(read, &slot);
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.read(on(run, |session| Reader { session: Session::Sqlite(session) })).await?,
            Backend::Postgres(postgres) => postgres.read(on(run, |session| Reader { session: Session::Postgres(session) })).await?,
        }
        lock(&slot).take().unwrap_or_else(|| Err(Error::Closed.into()))
    }

    /// Runs `write` in one transaction; it is durable when this returns `Ok`.
    ///
    /// Jobs enqueued and events published through the `Tx` take effect only then.
    /// Errors: those of `write`; `Doomed` if it went on after a failed statement; `Conflict` if it
    /// may be run again. In every error case nothing was written.
    pub async fn write<T, E, F, Fut>(&self, write: F) -> Result<T, E>
    where
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        if in_transaction() {
            return Err(Error::Nested.into());
        }
        self.inner.begun.fetch_add(1, Ordering::Relaxed);
        let (slot, shared) = (Slot::default(), self.inner.shared.clone());
        let after = After::new(shared.on_commit.clone());
        let wanted = after.clone();
        let tx = move |session| Tx { reader: Reader { session }, shared, after: wanted };
        let run = self.erase(write, &slot);
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.write(after, on(run, |session| tx(Session::Sqlite(session)))).await?,
            Backend::Postgres(postgres) => postgres.write(after, on(run, |session| tx(Session::Postgres(session)))).await?,
        }
        lock(&slot).take().unwrap_or_else(|| Err(Error::Closed.into()))
    }

    /// Waits for its turn to change the schema; `None` on SQLite, where a database is one process's. See
    /// [`Postgres::turn_to_migrate`].
    pub(crate) async fn turn_to_migrate(&self) -> Result<Option<Turn>> {
        match &self.inner.backend {
            Backend::Sqlite(_) => Ok(None),
            Backend::Postgres(postgres) => postgres.turn_to_migrate().await.map(Some),
        }
    }

    /// Runs several statements of DDL or maintenance outside the registry (migrations only).
    pub(crate) async fn batch(&self, text: String) -> Result<()> {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.batch(text).await,
            Backend::Postgres(postgres) => postgres.batch(&text).await,
        }
    }

    /// To be called every few seconds: gives the page caches back when hardly anything has been read or written since the
    /// last call, once after each busy time. Returns whether it is such a moment; PostgreSQL's caches are its own.
    pub async fn rest(&self) -> bool {
        let is_quiet = self.inner.begun.swap(0, Ordering::Relaxed) <= QUIET_TRANSACTIONS;
        if !is_quiet {
            self.inner.needed.store(true, Ordering::Relaxed);
        }
        if !is_quiet || !self.inner.needed.swap(false, Ordering::Relaxed) {
            return false;
        }
        if let Backend::Sqlite(sqlite) = &self.inner.backend {
            sqlite.shrink().await;
        }
        true
    }

    /// Waits for the running transactions, writes the WAL back (SQLite) and closes.
    pub async fn close(&self) {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close(),
        }
    }

    /// Copies a consistent snapshot of an SQLite database to `path` (`VACUUM INTO`).
    pub async fn snapshot_to(&self, path: PathBuf) -> Result<()> {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.snapshot_to(path).await,
            Backend::Postgres(_) => Err(Error::Open("snapshots of PostgreSQL are made with pg_dump".into())),
        }
    }

    /// Which triggers a PostgreSQL database has, as [`link::fingerprint`] says it.
    pub(crate) async fn told(&self) -> Result<Option<String>> {
        match &self.inner.backend {
            Backend::Sqlite(_) => Ok(None),
            Backend::Postgres(postgres) => postgres.told().await,
        }
    }

    /// Prepares a text without running it (for the test of all statements).
    #[cfg(test)]
    pub(crate) async fn prepare(&self, sql: &'static Sql) -> Result<()> {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.prepare(sql.text(Engine::Sqlite)).await,
            Backend::Postgres(postgres) => postgres.prepare(sql.text(Engine::Postgres)).await,
        }
    }
}

/// A consistent view of the database, inside `db.read` or `db.write`.
pub struct Reader {
    session: Session,
}

enum Session {
    Sqlite(Arc<sqlite::Session>),
    Postgres(Arc<postgres::Session>),
}

impl Reader {
    /// The kind of database this is a view of.
    pub fn engine(&self) -> Engine {
        match self.session {
            Session::Sqlite(_) => Engine::Sqlite,
            Session::Postgres(_) => Engine::Postgres,
        }
    }

    /// All rows.
    pub async fn all<T: FromRow + Send>(&self, sql: &'static Sql, args: impl AsRef<[Value]> + Send) -> Result<Vec<T>> {
        match &self.session {
            Session::Sqlite(session) => session.rows(sql, args.as_ref(), T::from_row),
            Session::Postgres(session) => session.rows(sql, args.as_ref(), T::from_row).await,
        }
    }

    /// The first row, if there is one.
    pub async fn maybe<T: FromRow + Send>(&self, sql: &'static Sql, args: impl AsRef<[Value]> + Send) -> Result<Option<T>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// The first row. Errors: `Missing` if there is none.
    pub async fn one<T: FromRow + Send>(&self, sql: &'static Sql, args: impl AsRef<[Value]> + Send) -> Result<T> {
        self.maybe(sql, args).await?.ok_or_else(|| Error::Missing(sql.place()))
    }

    /// The first column of all rows.
    pub async fn column<T: FromColumn + Send>(&self, sql: &'static Sql, args: impl AsRef<[Value]> + Send) -> Result<Vec<T>> {
        match &self.session {
            Session::Sqlite(session) => session.rows(sql, args.as_ref(), |row| row.get(0)),
            Session::Postgres(session) => session.rows(sql, args.as_ref(), |row| row.get(0)).await,
        }
    }

    /// The first column of the first row, if there is one.
    pub async fn value<T: FromColumn + Send>(&self, sql: &'static Sql, args: impl AsRef<[Value]> + Send) -> Result<Option<T>> {
        Ok(self.column(sql, args).await?.into_iter().next())
    }
}

/// A transaction: a [`Reader`] that also writes, enqueues jobs and publishes events.
pub struct Tx {
    reader: Reader,
    shared: Arc<Shared>,
    after: After,
}

impl Deref for Tx {
    type Target = Reader;
    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Tx {
    /// Runs a statement and returns how many rows it changed.
    pub async fn exec(&self, sql: &'static Sql, args: impl AsRef<[Value]> + Send) -> Result<u64> {
        match &self.reader.session {
            Session::Sqlite(session) => session.exec(sql, args.as_ref()),
            Session::Postgres(session) => session.exec(sql, args.as_ref()).await,
        }
    }

    /// Milliseconds since 1970, UTC.
    pub fn now(&self) -> i64 {
        (self.shared.now_ms)()
    }

    /// A new id for a row made now.
    pub fn next_id(&self) -> i64 {
        self.shared.ids.next(self.now(), (self.shared.random)())
    }

    /// An id for a row that was made at `ms` elsewhere: among those of its time.
    pub fn id_at(&self, ms: i64) -> i64 {
        crate::ids::first_id_at(ms) | i64::from((self.shared.random)())
    }

    /// Publishes `event` (ids only) after the commit. A crash in between loses it: clients refetch.
    pub fn publish(&self, event: String) {
        lock(&self.after.collected).events.push(event);
    }

    /// Wakes the workers of `lane` after the commit.
    pub(crate) fn wake(&self, lane: u32) {
        lock(&self.after.collected).lanes |= 1 << lane;
    }
}
