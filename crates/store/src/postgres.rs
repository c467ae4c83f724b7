//! PostgreSQL: a pool of connections, each transaction in a task of its own.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use futures_util::{FutureExt, TryStreamExt};
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut};

use crate::dialect::Engine;
use crate::link::{self, Ears, Link, Listening};
use crate::row::Row;
use crate::sql::Sql;
use crate::transaction::{After, Run, check_args, lock, mark_transaction, panic_text};
use crate::{Error, Result, Value};

/// The oldest PostgreSQL that is tested.
const MIN_VERSION_NUM: i64 = 150_000;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// No statement runs longer; a lost client does not hold its locks longer. Plans are made once for any values, as on
/// SQLite: for a page of ids PostgreSQL would else make one at each run, which takes twenty times as long as running it.
/// No statement is worth compiling: that takes a hundred times as long, and a wrong estimate, as after many rows have come
/// at once, is enough for it.
const SESSION: &str = "SET statement_timeout = '15s'; SET idle_in_transaction_session_timeout = '15s'; SET client_min_messages = 'warning';
     SET plan_cache_mode = 'force_generic_plan'; SET jit = off";

/// The advisory lock of who changes the schema; any number that nobody else takes.
const MIGRATING: i64 = 4981;
const TURN_LIMIT: &str = "1h";
const TURN: &str = "BEGIN; SET LOCAL lock_timeout = '1h'; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";

/// While it is there, no other process changes the schema. See [`Postgres::turn_to_migrate`].
pub(crate) struct Turn {
    _connection: deadpool_postgres::ClientWrapper,
}

pub(crate) struct Postgres {
    pool: Pool,
    link: Option<Arc<Link>>,
    /// While it is there, what transactions do is told.
    listening: Mutex<Option<Listening>>,
}

impl Postgres {
    pub async fn open(url: &str, size: usize) -> Result<Postgres> {
        let mut config: tokio_postgres::Config = url.parse().map_err(|e| Error::Open(format!("database.url is not a PostgreSQL URL: {e}")))?;
        config.connect_timeout(CONNECT_TIMEOUT).application_name("ferrodon");
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager)
            .max_size(size.max(2))
            .wait_timeout(Some(ACQUIRE_TIMEOUT))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .runtime(Runtime::Tokio1)
            .post_create(deadpool_postgres::Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
                Box::pin(async move { client.batch_execute(SESSION).await.map_err(deadpool_postgres::HookError::Backend) })
            }))
            .build()
            .map_err(|e| Error::Open(format!("cannot make the connection pool: {e}")))?;
        let postgres = Postgres { pool, link: None, listening: Mutex::default() };
        let connection = postgres
            .get()
            .await
            .map_err(|e| Error::Open(format!("cannot connect to PostgreSQL: {e}; check database.url and that the server runs")))?;
        let row = connection
            .query_one("SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding')", &[])
            .await
            .map_err(|e| Error::Open(format!("PostgreSQL does not answer: {e}")))?;
        if row.get::<_, i64>(0) < MIN_VERSION_NUM {
            return Err(Error::Open("PostgreSQL 15 or newer is needed".into()));
        }
        if row.get::<_, String>(1) != "UTF8" {
            return Err(Error::Open("the PostgreSQL database must have the encoding UTF8 (createdb --encoding=UTF8 --template=template0)".into()));
        }
        Ok(postgres)
    }

    /// Gives it the link to other processes, which begins with [`Postgres::listen`].
    pub fn with_link(mut self, url: &str, node: &str, ears: Ears) -> Result<Postgres> {
        let config = url.parse().map_err(|e| Error::Open(format!("database.listen_url is not a PostgreSQL URL: {e}")))?;
        self.link = Some(Arc::new(Link::new(config, node, ears)));
        Ok(self)
    }

    /// Hears what other processes commit, and tells them what this one does.
    pub async fn listen(&self) -> Result<()> {
        let Some(link) = &self.link else { return Ok(()) };
        let listening = link.start().await?;
        *lock(&self.listening) = Some(listening);
        Ok(())
    }

    /// Runs a closure on a snapshot. Errors: what kept it from running to its end.
    pub async fn read(&self, read: Run<Arc<Session>>) -> Result<()> {
        let hold = Hold::begin(self.get().await?, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let session = hold.session.clone();
        let run = async move { mark_transaction(read(session)).await };
        let outcome = match AssertUnwindSafe(run).catch_unwind().await {
            Ok(true) if hold.session.doomed.load(Ordering::Relaxed) => Err(Error::Doomed),
            Ok(_) => Ok(()),
            Err(panic) => {
                tracing::error!(panic = panic_text(panic.as_ref()), "a transaction panicked");
                Err(Error::Panicked)
            }
        };
        hold.end("COMMIT").await?;
        outcome
    }

    /// Runs a closure in a task of its own; it is durable, or wanted no commit, when this is `Ok`.
    pub async fn write(&self, after: After, write: Run<Arc<Session>>) -> Result<()> {
        let link = self.link.clone().filter(|_| lock(&self.listening).is_some());
        let mut task = AbortOnDrop(tokio::spawn(write_on(self.pool.clone(), after, link, write)));
        match (&mut task.0).await {
            Ok(result) => result,
            Err(e) if e.is_panic() => {
                tracing::error!(panic = panic_text(e.into_panic().as_ref()), "a transaction panicked");
                Err(Error::Panicked)
            }
            Err(_) => Err(Error::Closed),
        }
    }

    pub async fn batch(&self, text: &str) -> Result<()> {
        let connection = self.get().await?;
        let done = connection.batch_execute(text).await.map_err(|e| statement_error("migration", &e));
        if done.is_err() {
            discard(connection);
        }
        if let Some(link) = &self.link {
            link.changed("*");
        }
        done
    }

    /// Waits until no other process changes the schema, and keeps others from it as long as what it returns lives: that has
    /// a connection of its own with an open transaction, so that the turn ends with this process whatever becomes of it.
    ///
    /// Errors: `Open` after [`TURN_LIMIT`].
    pub async fn turn_to_migrate(&self) -> Result<Turn> {
        let connection = Object::take(self.get().await?);
        let failed = |e: tokio_postgres::Error| statement_error("pg_advisory_xact_lock", &e);
        connection.batch_execute(TURN).await.map_err(failed)?;
        let is_free: bool = connection.query_one("SELECT pg_try_advisory_xact_lock($1)", &[&MIGRATING]).await.map_err(failed)?.get(0);
        if !is_free {
            tracing::info!("waiting for another process, which migrates the database");
            connection.query_one("SELECT pg_advisory_xact_lock($1)", &[&MIGRATING]).await.map_err(|e| {
                Error::Open(format!("another process has been migrating the database for {TURN_LIMIT}; see that it ends, and start again ({e})"))
            })?;
        }
        Ok(Turn { _connection: connection })
    }

    /// What was noted with the function that tells others what has changed; `None` if it is not there.
    pub async fn told(&self) -> Result<Option<String>> {
        let row = self.get().await?.query_one("SELECT obj_description(to_regprocedure('tell(text, text[])'), 'pg_proc')", &[]).await;
        row.map(|row| row.get(0)).map_err(|e| statement_error("obj_description", &e))
    }

    /// Bytes of the database, indexes and all.
    pub async fn database_bytes(&self) -> Result<i64> {
        let row = self.get().await?.query_one("SELECT pg_database_size(current_database())", &[]).await;
        row.map(|row| row.get(0)).map_err(|e| statement_error("pg_database_size", &e))
    }

    #[cfg(test)]
    pub async fn prepare(&self, text: &str) -> Result<()> {
        self.get().await?.prepare(text).await.map(drop).map_err(|e| statement_error("prepare", &e))
    }

    pub fn close(&self) {
        drop(lock(&self.listening).take());
        self.pool.close();
    }

    async fn get(&self) -> Result<Object> {
        get(&self.pool).await
    }
}

async fn write_on(pool: Pool, after: After, link: Option<Arc<Link>>, write: Run<Arc<Session>>) -> Result<()> {
    let hold = Hold::begin(get(&pool).await?, "BEGIN").await?;
    let wants_commit = mark_transaction(write(hold.session.clone())).await;
    let doomed = hold.session.doomed.load(Ordering::Relaxed);
    if !wants_commit || doomed {
        hold.end("ROLLBACK").await?;
        return if wants_commit { Err(Error::Doomed) } else { Ok(()) };
    }
    // A task of its own: a caller that goes away now must not stop the events.
    let commit = tokio::spawn(async move {
        let committed = after.take();
        match link {
            Some(link) => hold.commit(&link, link::pack(&committed)).await?,
            None => hold.end("COMMIT").await?,
        }
        crate::sql::count_commit();
        after.publish(committed);
        Ok(())
    });
    commit.await.unwrap_or(Err(Error::Closed))
}

async fn get(pool: &Pool) -> Result<Object> {
    pool.get().await.map_err(|e| match e {
        deadpool_postgres::PoolError::Closed => Error::Closed,
        e => Error::Unavailable(e.to_string()),
    })
}

struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Closes a connection instead of giving it back: its transaction may still be open.
fn discard(connection: Object) {
    drop(Object::take(connection));
}

/// A connection with an open transaction. Dropped without `end`, the connection is closed.
struct Hold {
    session: Arc<Session>,
}

impl Hold {
    async fn begin(connection: Object, begin: &str) -> Result<Hold> {
        let session = Session { connection: tokio::sync::RwLock::new(Some(connection)), doomed: AtomicBool::new(false) };
        let hold = Hold { session: Arc::new(session) };
        hold.session.command(begin).await?;
        Ok(hold)
    }

    /// Commits with what others are to hear, in one round trip; what has changed is forgotten here when it returns.
    async fn commit(self, link: &Link, said: Vec<String>) -> Result<()> {
        let connection = self.session.connection.write().await.take().ok_or(Error::Ended)?;
        let statement = match connection.prepare_cached(link::TELL).await {
            Ok(statement) => statement,
            Err(e) => {
                discard(connection);
                return Err(statement_error("tell", &e));
            }
        };
        let args: [&(dyn ToSql + Sync); 2] = [&link.name, &said];
        // Sent together: a commit after a failure rolls back.
        let (told, ended) = tokio::join!(connection.query_one(&statement, &args), connection.batch_execute("COMMIT"));
        match (told, ended) {
            (Ok(told), Ok(())) => {
                link.changed(told.get(0));
                Ok(())
            }
            (Err(e), _) if e.as_db_error().is_some() => {
                discard(connection);
                Err(statement_error("tell", &e))
            }
            (Err(e), _) | (_, Err(e)) => {
                discard(connection);
                link.doubts();
                Err(statement_error("COMMIT", &e))
            }
        }
    }

    /// Ends the transaction and gives the connection back; a failure closes it.
    async fn end(self, end: &str) -> Result<()> {
        let connection = self.session.connection.write().await.take().ok_or(Error::Ended)?;
        match connection.batch_execute(end).await {
            Ok(()) => Ok(()),
            Err(e) => {
                discard(connection);
                Err(statement_error(end, &e))
            }
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // Statements in flight hold the lock only while their future lives, and that future is gone.
        if let Ok(mut connection) = self.session.connection.try_write()
            && let Some(connection) = connection.take()
        {
            discard(connection);
        } else {
            self.session.doomed.store(true, Ordering::Relaxed);
        }
    }
}

/// One transaction's hold on a connection; the handle is dead once the transaction has ended.
pub(crate) struct Session {
    connection: tokio::sync::RwLock<Option<Object>>,
    doomed: AtomicBool,
}

impl Drop for Session {
    fn drop(&mut self) {
        // A handle that left its closure held the connection when the transaction was given up.
        if let Some(connection) = self.connection.get_mut().take() {
            discard(connection);
        }
    }
}

impl Session {
    pub async fn rows<T>(&self, sql: &'static Sql, args: &[Value], read: impl Fn(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let (rows, _) = self.run(sql, args).await?;
        rows.iter().map(|row| read(&Row::Postgres(row))).collect()
    }

    pub async fn exec(&self, sql: &'static Sql, args: &[Value]) -> Result<u64> {
        let (_, changed) = self.run(sql, args).await?;
        Ok(changed)
    }

    async fn run(&self, sql: &'static Sql, args: &[Value]) -> Result<(Vec<tokio_postgres::Row>, u64)> {
        let guard = self.connection.read().await;
        let connection = guard.as_ref().ok_or(Error::Ended)?;
        if self.doomed.load(Ordering::Relaxed) {
            return Err(Error::Doomed);
        }
        let outcome = match check_args(args) {
            Ok(()) => run_on(connection, sql, args).await,
            Err(error) => Err(error),
        };
        match &outcome {
            Ok(_) => sql.mark_run(Engine::Postgres),
            Err(_) => self.doomed.store(true, Ordering::Relaxed),
        }
        outcome
    }

    async fn command(&self, text: &str) -> Result<()> {
        let guard = self.connection.read().await;
        let connection = guard.as_ref().ok_or(Error::Ended)?;
        connection.batch_execute(text).await.map_err(|e| statement_error(text, &e))
    }
}

async fn run_on(connection: &Object, sql: &'static Sql, args: &[Value]) -> Result<(Vec<tokio_postgres::Row>, u64)> {
    let failed = |e: tokio_postgres::Error| statement_error(&sql.place(), &e);
    let statement = connection.prepare_cached(sql.text(Engine::Postgres)).await.map_err(failed)?;
    if args.len() != statement.params().len() {
        let message = format!("{} arguments given, {} wanted", args.len(), statement.params().len());
        return Err(Error::Statement { place: sql.place(), message });
    }
    let mut stream = pin!(connection.query_raw(&statement, args).await.map_err(failed)?);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await.map_err(failed)? {
        rows.push(row);
    }
    Ok((rows, stream.rows_affected().unwrap_or(0)))
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::I64(value), &Type::INT8) => value.to_sql(ty, out),
            (Value::Bool(value), &Type::BOOL) => value.to_sql(ty, out),
            (Value::Text(value), &Type::TEXT) => value.to_sql(ty, out),
            (Value::Blob(value), &Type::BYTEA) => value.to_sql(ty, out),
            (Value::I64s(values), &Type::INT8_ARRAY) => values.to_sql(ty, out),
            (Value::Texts(values), &Type::TEXT_ARRAY) => values.to_sql(ty, out),
            (value, ty) => Err(format!("the argument {} does not fit the parameter type {ty}", value.kind()).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Value::Null => "NULL",
            Value::I64(_) => "I64",
            Value::Bool(_) => "BOOL",
            Value::Text(_) => "TEXT",
            Value::Blob(_) => "BLOB",
            Value::I64s(_) => "list of I64",
            Value::Texts(_) => "list of TEXT",
        }
    }
}

fn statement_error(place: &str, error: &tokio_postgres::Error) -> Error {
    let Some(db) = error.as_db_error() else {
        return if error.is_closed() {
            Error::Unavailable(error.to_string())
        } else {
            Error::Statement { place: place.to_owned(), message: format!("{error:?}") }
        };
    };
    let message = db.message().to_owned();
    let code = db.code();
    if [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE, SqlState::UNIQUE_VIOLATION].contains(code) {
        Error::Conflict(format!("{place}: {message}"))
    } else if [SqlState::DISK_FULL, SqlState::IO_ERROR, SqlState::READ_ONLY_SQL_TRANSACTION].contains(code) {
        Error::Storage(message)
    } else if [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW, SqlState::TOO_MANY_CONNECTIONS].contains(code) {
        Error::Unavailable(message)
    } else {
        Error::Statement { place: place.to_owned(), message }
    }
}
