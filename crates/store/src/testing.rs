//! PostgreSQL databases for the tests of the crates above, which do not know the driver; and rows that
//! such tests need and that no verb of their crate makes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicI64, Ordering};

use tokio_postgres::{Client, NoTls};

use std::future::Future;

use crate::dialect::Engine;
use crate::{AccountId, Db, Error, ListId, NotificationId, Result, StatusId, Tx, args, migrate, sql};

const URL_VARIABLE: &str = "FERRODON_TEST_POSTGRES_URL";
/// Held while a template is made: other test runs wait.
const TEMPLATE_LOCK: &str = "SELECT pg_advisory_lock(4978)";

/// The URL of a database of the test cluster.
///
/// Errors: `Open` when the environment does not say where the cluster is.
pub fn postgres_url(database: &str) -> Result<String> {
    let url = std::env::var(URL_VARIABLE).map_err(|_| Error::Open(format!("{URL_VARIABLE} is not set: run bin/test, which starts PostgreSQL")))?;
    let (path, query) = url.split_once('?').map_or((url.as_str(), ""), |(path, query)| (path, query));
    let server = path.rsplit_once('/').map_or(path, |(server, _)| server);
    Ok(format!("{server}/{database}?{query}").trim_end_matches('?').to_owned())
}

/// A number that changes with the text of any migration or trigger.
pub fn schema_fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    migrate::MIGRATIONS.hash(&mut hasher);
    crate::link::fingerprint().hash(&mut hasher);
    hasher.finish()
}

/// Makes the database `name` as a copy of `template`, dropping what is left of an earlier one.
pub async fn copy_database(template: &str, name: &str) -> Result<()> {
    let client = connect().await?;
    run(&client, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
    run(&client, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await
}

/// Drops the database `name` with whoever is connected to it.
pub async fn drop_database(name: &str) -> Result<()> {
    run(&connect().await?, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
}

/// Ends the connections to the database `name` that call themselves `application`. Returns how many there were.
pub async fn terminate(name: &str, application: &str) -> Result<i64> {
    let text = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2";
    connect().await?.query_one(text, &[&name, &application]).await.map(|row| row.get(0)).map_err(failed)
}

/// Makes the template `name` unless it is there: `fill` fills an empty database of the name it is given.
pub async fn ensure_template<Fut: Future<Output = ()>>(name: &str, fill: impl FnOnce(String) -> Fut) -> Result<()> {
    let client = connect().await?;
    run(&client, TEMPLATE_LOCK).await?;
    let there = client.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.map_err(failed)?;
    if !there.is_empty() {
        return Ok(());
    }
    let half_made = format!("{name}_half_made");
    copy_database("template0", &half_made).await?;
    fill(half_made.clone()).await;
    // Closing is not at once.
    client.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", &[&half_made]).await.map_err(failed)?;
    run(&client, &format!("ALTER DATABASE {half_made} RENAME TO {name}")).await
}

fn next_id() -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

pub async fn insert_block(db: &Db, account: AccountId, target: AccountId) -> Result<()> {
    let id = next_id();
    db.batch(format!("INSERT INTO blocks (id, account_id, target_account_id, created_at) VALUES ({id}, {account}, {target}, 0);")).await
}

pub async fn insert_mute(db: &Db, account: AccountId, target: AccountId, hide_notifications: bool) -> Result<()> {
    let id = next_id();
    db.batch(format!(
        "INSERT INTO mutes (id, account_id, target_account_id, hide_notifications, created_at) VALUES ({id}, {account}, {target}, {hide_notifications}, 0);"
    ))
    .await
}

pub async fn insert_domain_block(db: &Db, account: AccountId, domain: &str) -> Result<()> {
    let id = next_id();
    db.batch(format!("INSERT INTO account_domain_blocks (id, account_id, domain) VALUES ({id}, {account}, '{domain}');")).await
}

/// Mutes the thread of a status.
pub async fn mute_thread(db: &Db, account: AccountId, status: StatusId) -> Result<()> {
    db.batch(format!(
        "INSERT INTO conversation_mutes (account_id, conversation_id) SELECT {account}, conversation_id FROM statuses WHERE id = {status};"
    ))
    .await
}

pub async fn insert_list(db: &Db, account: AccountId) -> Result<ListId> {
    let id = next_id();
    db.batch(format!("INSERT INTO lists (id, account_id, title) VALUES ({id}, {account}, 'a list');")).await?;
    Ok(ListId(id))
}

/// Puts a status into a list's feed.
pub async fn insert_into_list_feed(db: &Db, list: ListId, status: StatusId) -> Result<()> {
    db.batch(format!("INSERT INTO list_feed (list_id, status_id) VALUES ({list}, {status});")).await
}

/// Limits an account.
pub async fn silence(db: &Db, account: AccountId) -> Result<()> {
    db.batch(format!("UPDATE accounts SET silenced_at = 1 WHERE id = {account};")).await
}

async fn connect() -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(&postgres_url("postgres")?, NoTls).await.map_err(failed)?;
    tokio::spawn(connection);
    Ok(client)
}

async fn run(client: &Client, text: &str) -> Result<()> {
    client.batch_execute(text).await.map_err(failed)
}

fn failed(error: tokio_postgres::Error) -> Error {
    Error::Unavailable(format!("{error:?}"))
}

/// Marks a notification as held back.
pub async fn hold_back(tx: &Tx, id: NotificationId) -> Result<()> {
    tx.exec(sql!("UPDATE notifications SET filtered = TRUE WHERE id = $1"), args![id]).await.map(drop)
}

/// Lets the server be opened with another domain of handles, which must be a plain name.
pub async fn set_account_domain(db: &Db, domain: &str) -> Result<()> {
    db.batch(format!("UPDATE meta SET value = '{domain}' WHERE name = 'account_domain';")).await
}

/// Lifts an account's suspension.
pub async fn unsuspend(db: &Db, account: AccountId) -> Result<()> {
    db.batch(format!("UPDATE accounts SET suspended_at = NULL WHERE id = {account};")).await
}

/// Lets everybody search an account's public statuses, and the words of its bio, or not.
pub async fn let_be_searched(db: &Db, account: AccountId, lets: bool) -> Result<()> {
    db.batch(format!("UPDATE accounts SET indexable = {lets}, discoverable = {lets} WHERE id = {account};")).await
}

/// Gives a login a time zone.
pub async fn set_time_zone(db: &Db, account: AccountId, zone: &str) -> Result<()> {
    db.batch(format!("UPDATE users SET time_zone = '{zone}' WHERE account_id = {account};")).await
}

/// Makes one account block another.
pub async fn block(db: &Db, account: AccountId, target: AccountId) -> Result<()> {
    db.batch(format!("INSERT INTO blocks (id, account_id, target_account_id, created_at) VALUES ({account} + {target}, {account}, {target}, 0);"))
        .await
}

/// Forgets how far the search index has come, and all that is in it, as in a database of before there was one.
pub async fn forget_search(db: &Db) -> Result<()> {
    db.batch("DELETE FROM meta WHERE name = 'search_index';".into()).await?;
    let tables = ["search_statuses", "search_accounts"].map(|table| match db.engine() {
        Engine::Sqlite => format!("INSERT INTO {table} ({table}) VALUES ('delete-all');"),
        Engine::Postgres => format!("DELETE FROM {table};"),
    });
    db.batch(tables.concat()).await
}
