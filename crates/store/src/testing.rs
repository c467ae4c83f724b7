//! For the tests of the crates above, which neither know the drivers nor write SQL: PostgreSQL databases,
//! and states of rows that no verb makes yet.

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio_postgres::{Client, NoTls};

use std::future::Future;

use crate::dialect::Engine;
use crate::{AccountId, Db, Error, Result, migrate};

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

/// A number that changes with the text of any migration.
pub fn schema_fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    migrate::MIGRATIONS.hash(&mut hasher);
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
