//! SQLite: one writer thread with group commit, a pool of reader threads, and one connection that reads where it is
//! asked to: a page takes less time than the switches to another thread and back.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use crate::changes::{Change, Changes, OnChange};
use crate::dialect::Engine;
use crate::row::Row;
use crate::sql::{Sql, count_commit};
use crate::transaction::{After, Run, check_args, lock, mark_transaction, panic_text};
use crate::{Error, Result, Value};
use wal::Wal;

mod wal;

/// Closures that share one commit at most.
const GROUP_MAX: usize = 128;
/// How long a group may collect before it commits. (Tests see groups that do not depend on the machine's load.)
const GROUP_MAX_TIME: Duration = Duration::from_millis(if cfg!(test) { 60_000 } else { 10 });
/// Callers that may wait for the writer; more wait outside the queue.
const WRITE_QUEUE: usize = 1024;
const READ_QUEUE: usize = 1024;
/// Prepared statements kept by each connection.
const STATEMENT_CACHE: usize = 512;
/// Page cache of the connections that write…
const PAGE_CACHE_KIB: i64 = 4 * 1024;
/// … and of each that reads. What is not in it is mostly in the kernel's, a microsecond away.
const READER_CACHE_KIB: i64 = 2 * 1024;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The oldest SQLite without known WAL corruption bugs.
const MIN_VERSION: i32 = 3_051_003;

pub(crate) struct Sqlite {
    path: PathBuf,
    writer: async_channel::Sender<Work>,
    readers: async_channel::Sender<Read>,
    /// How many take from `readers`.
    threads_reading: usize,
    /// For one read at a time on the caller's own thread; none where that is the only one.
    here: tokio::sync::Mutex<Option<Connection>>,
    on_change: OnChange,
    changes: Changes,
    threads: Mutex<Vec<std::thread::JoinHandle<()>>>,
}

enum Work {
    Job(Job),
    Alone(Box<dyn FnOnce(&mut Connection) + Send>),
}

enum Read {
    Job(Job),
    Shrink(oneshot::Sender<()>),
}

/// A failure that every closure of a group must hear of.
#[derive(Clone)]
struct Failure(Arc<str>);

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::Storage(failure.0.to_string())
    }
}

impl Sqlite {
    pub fn open(path: &Path, readers: usize, on_change: OnChange) -> Result<Sqlite> {
        if rusqlite::version_number() < MIN_VERSION {
            return Err(Error::Open(format!("SQLite {} is too old; 3.51.3 or newer is needed", rusqlite::version())));
        }
        let mut writer = connect(path, false)?;
        let changes = Changes::default();
        let (tell_all, watched) = (on_change.clone(), changes.clone());
        let (write_tx, write_rx) = async_channel::bounded(WRITE_QUEUE);
        let (read_tx, read_rx) = async_channel::bounded(READ_QUEUE);
        let (wal, checkpoints) = Wal::of(&mut writer).map_err(|e| statement_error("watching the WAL", &e))?;
        let mut threads = Vec::with_capacity(readers + 2);
        let spawn = |name: &str, body: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.to_owned()).spawn(body).map_err(|e| Error::Open(format!("cannot start a thread: {e}")))
        };
        threads.push(spawn("db-writer", Box::new(move || write_loop(writer, &write_rx, wal, &Told { changes, on_change })))?);
        let here = if readers > 1 && has_other_workers() { Some(connect(path, true)?) } else { None };
        let threads_reading = readers.max(1) - usize::from(here.is_some());
        for _ in 0..threads_reading {
            let (connection, jobs) = (connect(path, true)?, read_rx.clone());
            threads.push(spawn("db-reader", Box::new(move || read_loop(connection, &jobs)))?);
        }
        let connection = connect(path, false)?;
        threads.push(spawn("db-checkpoint", Box::new(move || wal::checkpoint_loop(&connection, &checkpoints)))?);
        Ok(Sqlite {
            path: path.to_owned(),
            writer: write_tx,
            readers: read_tx,
            threads_reading,
            here: here.into(),
            on_change: tell_all,
            changes: watched,
            threads: Mutex::new(threads),
        })
    }

    /// Runs a closure here, or on a reader's thread while another runs here: so a long one never holds up more than
    /// one of the runtime's workers. Errors: what kept it from running to its end.
    pub async fn read(&self, read: Run<Arc<Session>>) -> Result<()> {
        let (reply, mut answer) = oneshot::channel();
        let job = Job { run: Some(read), outcome: None, reply, after: None };
        if let Ok(mut here) = self.here.try_lock()
            && let Some(connection) = here.take()
        {
            *here = Some(read_on(connection, job));
            return answer.try_recv().map_err(|_| Error::Closed)?;
        }
        self.readers.send(Read::Job(job)).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Runs a closure on the writer's thread; it is durable, or wanted no commit, when this is `Ok`.
    pub async fn write(&self, after: After, write: Run<Arc<Session>>) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        let job = Job { run: Some(write), outcome: None, reply, after: Some(after) };
        self.writer.send(Work::Job(job)).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    pub async fn batch(&self, text: String) -> Result<()> {
        self.alone(move |connection| {
            let done = connection.execute_batch(&text).map_err(|e| statement_error("migration", &e));
            if done.is_err() && !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
            done
        })
        .await
    }

    /// Has what is written from now on told; see [`crate::changes`].
    pub async fn watch(&self) -> Result<()> {
        let changes = self.changes.clone();
        self.alone(move |connection| changes.watch(connection).map_err(|e| statement_error("watching what changes", &e))).await
    }

    pub async fn snapshot_to(&self, path: PathBuf) -> Result<()> {
        let target = path.to_string_lossy().into_owned();
        self.alone(move |connection| connection.execute("VACUUM INTO ?1", [target]).map(drop).map_err(|e| statement_error("VACUUM INTO", &e))).await
    }

    /// Has the page caches given back; waits until they are. Where the queues are full, nobody is asked.
    pub async fn shrink(&self) {
        let mut asked = Vec::with_capacity(self.threads_reading + 2);
        let mut ask = || {
            let (reply, done) = oneshot::channel();
            asked.push(done);
            reply
        };
        for _ in 0..self.threads_reading {
            let _ = self.readers.try_send(Read::Shrink(ask()));
        }
        let reply = ask();
        let _ = self.writer.try_send(Work::Alone(Box::new(move |connection| shrink(connection, reply))));
        if let Some(connection) = self.here.lock().await.as_ref() {
            shrink(connection, ask());
        }
        for done in asked {
            let _ = done.await;
        }
    }

    #[cfg(test)]
    pub async fn prepare(&self, text: &'static str) -> Result<()> {
        self.alone(move |connection| connection.prepare(text).map(drop).map_err(|e| statement_error("prepare", &e))).await
    }

    /// Runs `work` on the writer's connection, outside any transaction.
    async fn alone<T: Send + 'static>(&self, work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let on_change = self.on_change.clone();
        let work = move |connection: &mut Connection| {
            let done = work(connection);
            on_change(&[Change::Everything]);
            let _ = reply.send(done);
        };
        self.writer.send(Work::Alone(Box::new(work))).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    pub async fn close(&self) {
        self.writer.close();
        self.readers.close();
        drop(self.here.lock().await.take());
        let threads = std::mem::take(&mut *lock(&self.threads));
        let path = self.path.clone();
        let closed = tokio::task::spawn_blocking(move || {
            for thread in threads {
                let _ = thread.join();
            }
            // The last connection out writes the WAL back and removes it.
            if let Ok(connection) = connect(&path, false) {
                let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            }
        });
        let _ = closed.await;
    }
}

/// A closure waiting for a connection.
struct Job {
    run: Option<Run<Arc<Session>>>,
    /// Whether it wants to commit, or what went wrong, once it has run.
    outcome: Option<Result<bool>>,
    reply: oneshot::Sender<Result<()>>,
    after: Option<After>,
}

impl Job {
    /// Nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    /// Runs the closure; returns whether it is to be committed.
    fn run(&mut self, session: &Arc<Session>) -> bool {
        let Some(run) = self.run.take() else { return false };
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let future = pin!(mark_transaction(run(session.clone())));
            future.poll(&mut Context::from_waker(Waker::noop()))
        }));
        let outcome = match polled {
            Ok(Poll::Ready(true)) if session.is_doomed() => Err(Error::Doomed),
            Ok(Poll::Ready(wants_commit)) => Ok(wants_commit),
            Ok(Poll::Pending) => Err(Error::ForeignAwait),
            Err(panic) => {
                tracing::error!(panic = panic_text(panic.as_ref()), "a transaction panicked");
                Err(Error::Panicked)
            }
        };
        let commits = matches!(outcome, Ok(true));
        self.outcome = Some(outcome);
        commits
    }

    /// Tells the caller, and the world if the commit succeeded.
    fn finish(self, commit: std::result::Result<(), Failure>) {
        let answer = match (self.outcome, commit) {
            (Some(Ok(true)), Ok(())) => {
                if let Some(after) = self.after {
                    after.publish(after.take());
                }
                Ok(())
            }
            // It wanted no commit: its own error is the answer.
            (Some(Ok(false)), _) => Ok(()),
            (Some(Ok(true)) | None, Err(failure)) => Err(failure.into()),
            (Some(Err(error)), _) => Err(error),
            (None, Ok(())) => Err(Error::Closed),
        };
        let _ = self.reply.send(answer);
    }
}

/// Who is told what the writer changed.
struct Told {
    changes: Changes,
    on_change: OnChange,
}

fn write_loop(mut connection: Connection, work: &async_channel::Receiver<Work>, mut wal: Wal, told: &Told) {
    while let Ok(first) = work.recv_blocking() {
        let mut next = Some(first);
        while let Some(item) = next.take() {
            match item {
                Work::Alone(alone) => alone(&mut connection),
                Work::Job(job) => (connection, next) = write_group(connection, job, work, &mut wal, told),
            }
        }
    }
}

/// Runs `first` and whatever waits behind it in one transaction, each in a savepoint, then commits
/// and answers. Returns the work that did not belong into the group.
fn write_group(
    mut connection: Connection,
    first: Job,
    work: &async_channel::Receiver<Work>,
    wal: &mut Wal,
    told: &Told,
) -> (Connection, Option<Work>) {
    let started = Instant::now();
    let mut done: Vec<Job> = Vec::new();
    let mut failure = run_batch(&connection, "BEGIN IMMEDIATE").err();
    let mut next = Some(Work::Job(first));
    let mut leftover = None;
    while let Some(item) = next.take() {
        let mut job = match item {
            Work::Job(job) => job,
            alone => {
                leftover = Some(alone);
                break;
            }
        };
        if failure.is_none() && !job.is_abandoned() {
            (connection, failure) = run_in_savepoint(connection, &mut job);
        }
        done.push(job);
        if done.len() < GROUP_MAX && started.elapsed() < GROUP_MAX_TIME {
            next = work.try_recv().ok();
        }
    }
    let committed = match failure {
        None => run_batch(&connection, "COMMIT"),
        Some(failure) => Err(failure),
    };
    if !connection.is_autocommit() {
        let _ = run_batch(&connection, "ROLLBACK");
    }
    if committed.is_ok() {
        count_commit();
    }
    metrics::histogram!("ferrodon_db_group_size").record(done.len() as f64);
    metrics::histogram!("ferrodon_db_group_seconds").record(started.elapsed().as_secs_f64());
    // Before anybody hears that it is done: whoever has heard must not be shown what was before.
    let changes = told.changes.take();
    if !changes.is_empty() {
        (told.on_change)(&changes);
    }
    for job in done {
        job.finish(committed.clone());
    }
    wal.grew();
    (connection, leftover)
}

/// A failure is returned only when the whole group is lost (SQLite rolled back by itself).
fn run_in_savepoint(connection: Connection, job: &mut Job) -> (Connection, Option<Failure>) {
    if let Err(failure) = run_cached(&connection, "SAVEPOINT closure") {
        return (connection, Some(failure));
    }
    let session = Session::new(connection);
    let commits = job.run(&session);
    let connection = session.take();
    if connection.is_autocommit() {
        return (connection, Some(Failure("the database rolled back by itself (disk full or failing)".into())));
    }
    let mut outcome = Ok(());
    if !commits {
        outcome = run_cached(&connection, "ROLLBACK TO closure");
    }
    let outcome = outcome.and_then(|()| run_cached(&connection, "RELEASE closure"));
    (connection, outcome.err())
}

fn read_loop(mut connection: Connection, work: &async_channel::Receiver<Read>) {
    while let Ok(next) = work.recv_blocking() {
        match next {
            Read::Job(job) if job.is_abandoned() => {}
            Read::Job(job) => connection = read_on(connection, job),
            Read::Shrink(reply) => shrink(&connection, reply),
        }
    }
}

/// Gives back the connection's page cache, and says when that is done.
fn shrink(connection: &Connection, done: oneshot::Sender<()>) {
    if let Err(error) = connection.execute_batch("PRAGMA shrink_memory") {
        tracing::warn!(%error, "a connection keeps its page cache");
    }
    let _ = done.send(());
}

/// Runs a closure on one snapshot.
fn read_on(mut connection: Connection, mut job: Job) -> Connection {
    let begun = run_cached(&connection, "BEGIN");
    if begun.is_ok() {
        let session = Session::new(connection);
        job.run(&session);
        connection = session.take();
    }
    if !connection.is_autocommit() {
        let _ = run_cached(&connection, "COMMIT");
    }
    job.finish(begun);
    connection
}

/// Whether others go on while one of the runtime's workers reads.
fn has_other_workers() -> bool {
    tokio::runtime::Handle::try_current().is_ok_and(|runtime| runtime.metrics().num_workers() > 1)
}

fn run_batch(connection: &Connection, text: &str) -> std::result::Result<(), Failure> {
    connection.execute_batch(text).map_err(|e| Failure(e.to_string().into()))
}

fn run_cached(connection: &Connection, text: &str) -> std::result::Result<(), Failure> {
    let run = || connection.prepare_cached(text)?.raw_execute();
    run().map(drop).map_err(|e: rusqlite::Error| Failure(e.to_string().into()))
}

fn connect(path: &Path, read_only: bool) -> Result<Connection> {
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let flags = if read_only { flags } else { flags | OpenFlags::SQLITE_OPEN_CREATE };
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        // Plans do not depend on bound values: else SQLite prepares a statement again at each run if a partial index
        // might come to suit it, which took a fifth of a timeline's time.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "journal_size_limit", wal::TRUNCATE_BYTES)?;
        connection.pragma_update(None, "cache_size", if read_only { -READER_CACHE_KIB } else { -PAGE_CACHE_KIB })?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "trusted_schema", false)?;
        if read_only {
            connection.pragma_update(None, "query_only", true)?;
        }
        Ok(connection)
    };
    open().map_err(|e| {
        Error::Open(format!("cannot open the database {}: {e}; check that the directory exists and is writable by this user", path.display()))
    })
}

/// One transaction's hold on a connection; the handle is dead once the transaction has ended.
pub(crate) struct Session {
    connection: Mutex<Option<Connection>>,
    doomed: AtomicBool,
}

impl Session {
    fn new(connection: Connection) -> Arc<Session> {
        Arc::new(Session { connection: Mutex::new(Some(connection)), doomed: AtomicBool::new(false) })
    }

    /// Ends the hold. Only the thread that began it calls this, once.
    #[expect(clippy::expect_used, reason = "the connection is put in by `new` and taken here only")]
    fn take(&self) -> Connection {
        lock(&self.connection).take().expect("the session holds its connection until it is taken")
    }

    fn is_doomed(&self) -> bool {
        self.doomed.load(Ordering::Relaxed)
    }

    pub fn rows<T>(&self, sql: &'static Sql, args: &[Value], read: impl Fn(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        self.with(sql, args, |statement| {
            let mut rows = statement.raw_query();
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                out.push(read(&Row::Sqlite(row)));
            }
            Ok(out)
        })?
        .into_iter()
        .collect()
    }

    pub fn exec(&self, sql: &'static Sql, args: &[Value]) -> Result<u64> {
        self.with(sql, args, |statement| Ok(statement.raw_execute()? as u64))
    }

    fn with<T>(&self, sql: &'static Sql, args: &[Value], run: impl FnOnce(&mut rusqlite::Statement<'_>) -> rusqlite::Result<T>) -> Result<T> {
        let guard = lock(&self.connection);
        let connection = guard.as_ref().ok_or(Error::Ended)?;
        if self.is_doomed() {
            return Err(Error::Doomed);
        }
        let outcome = check_args(args).and_then(|()| {
            let run = || {
                let mut statement = connection.prepare_cached(sql.text(Engine::Sqlite))?;
                // SQLite takes a missing argument for NULL.
                if args.len() != statement.parameter_count() {
                    return Err(rusqlite::Error::InvalidParameterCount(args.len(), statement.parameter_count()));
                }
                for (index, value) in args.iter().enumerate() {
                    statement.raw_bind_parameter(index + 1, Bound(value))?;
                }
                run(&mut statement)
            };
            run().map_err(|e| statement_error(&sql.place(), &e))
        });
        match &outcome {
            Ok(_) => sql.mark_run(Engine::Sqlite),
            Err(_) => self.doomed.store(true, Ordering::Relaxed),
        }
        outcome
    }
}

struct Bound<'a>(&'a Value);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let json = |list: serde_json::Result<String>| {
            list.map(|text| ToSqlOutput::Owned(text.into())).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
        };
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::I64(value) => ToSqlOutput::Borrowed(ValueRef::Integer(*value)),
            Value::Bool(value) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*value))),
            Value::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Value::Blob(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
            Value::I64s(values) => json(serde_json::to_string(values))?,
            Value::Texts(values) => json(serde_json::to_string(values))?,
        })
    }
}

fn statement_error(place: &str, error: &rusqlite::Error) -> Error {
    use rusqlite::ffi::ErrorCode;
    let message = error.to_string();
    match error.sqlite_error().map(|e| (e.code, e.extended_code)) {
        Some((ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly | ErrorCode::DatabaseCorrupt, _)) => Error::Storage(message),
        Some((ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _)) => Error::Conflict(message),
        // Two equal ids, or a row that another transaction made first.
        Some((_, rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY | rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)) => {
            Error::Conflict(format!("{place}: {message}"))
        }
        _ => Error::Statement { place: place.to_owned(), message },
    }
}
