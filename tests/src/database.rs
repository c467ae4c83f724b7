//! A database of its own for each server: a file in its data directory, or a fresh PostgreSQL database
//! that goes when the server does.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::{NoTls, SimpleQueryMessage};

const POSTGRES_URL: &str = "FERRODON_TEST_POSTGRES_URL";
/// Runs a statement, commits it and prints its rows as JSON.
const SQLITE_ROWS: &str = "\
import json, sqlite3, sys
db = sqlite3.connect(f'file:{sys.argv[1]}?mode=rw', uri=True)
print(json.dumps([[str(value) for value in row] for row in db.execute(sys.argv[2])]))
db.commit()
";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Dropping it drops the PostgreSQL database; the SQLite file goes with its directory.
pub enum Database {
    Sqlite,
    Postgres {
        admin_url: String,
        name: String,
    },
    /// In a cluster of the test's own, whose end is the test's business.
    Own {
        url: String,
    },
}

impl Database {
    /// Panics when PostgreSQL is wanted and the environment does not say where one is: a half that is
    /// skipped in silence would look like one that passes.
    pub async fn fresh(engine: Engine) -> Self {
        if engine == Engine::Sqlite {
            return Self::Sqlite;
        }
        let admin_url = std::env::var(POSTGRES_URL)
            .unwrap_or_else(|_| panic!("{POSTGRES_URL} is not set, so there is no PostgreSQL to test on: run bin/test, which starts one"));
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ferrodon_e2e_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        execute(&admin_url, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        execute(&admin_url, &format!("CREATE DATABASE {name}")).await;
        Self::Postgres { admin_url, name }
    }

    /// The value of `database.url`, or None where the default (a file in the data directory) is meant.
    pub fn url(&self) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres { admin_url, name } => Some(with_database_name(admin_url, name)),
            Self::Own { url } => Some(url.clone()),
        }
    }

    /// Runs a statement, which may be a change; its rows, each value as text.
    pub async fn rows(&self, data_dir: &Path, query: &str) -> Vec<Vec<String>> {
        match self.url() {
            None => sqlite_rows(&data_dir.join("ferrodon.db"), query),
            Some(url) => postgres_rows(&url, query).await,
        }
    }
}

/// By Python's SQLite, which is not the server's: two programs must agree on what is in the file.
pub fn sqlite_rows(file: &Path, query: &str) -> Vec<Vec<String>> {
    let output = Command::new("python3").args(["-c", SQLITE_ROWS]).arg(file).arg(query).output().expect("python3 runs");
    assert!(output.status.success(), "{query} in {}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("rows of text")
}

async fn postgres_rows(url: &str, query: &str) -> Vec<Vec<String>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap_or_else(|error| panic!("no PostgreSQL at {url}: {error}"));
    let speaking = tokio::spawn(connection);
    let messages = client.simple_query(query).await.unwrap_or_else(|error| panic!("{query}: {error}"));
    drop(client);
    speaking.await.expect("the connection's task").expect("the connection ends well");
    let rows = messages.iter().filter_map(|message| if let SimpleQueryMessage::Row(row) = message { Some(row) } else { None });
    rows.map(|row| (0..row.len()).map(|column| row.get(column).unwrap_or_default().to_owned()).collect()).collect()
}

impl Drop for Database {
    fn drop(&mut self) {
        let Self::Postgres { admin_url, name } = self else { return };
        let (admin_url, name) = (admin_url.clone(), name.clone());
        // A thread of its own, since the test's runtime cannot be blocked on here.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(execute(&admin_url, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        });
        if dropping.join().is_err() {
            eprintln!("the test database could not be dropped");
        }
    }
}

async fn execute(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .unwrap_or_else(|error| panic!("no PostgreSQL at {POSTGRES_URL}={url}: {error}; run bin/test, which starts one"));
    let speaking = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    drop(client);
    speaking.await.expect("the connection's task").expect("the connection ends well");
}

/// Replaces what follows the last slash of the path; the query (`?host=…`) stays.
fn with_database_name(url: &str, name: &str) -> String {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let server = match path.splitn(4, '/').collect::<Vec<_>>()[..] {
        [scheme, empty, authority, ..] => format!("{scheme}/{empty}/{authority}"),
        _ => panic!("{POSTGRES_URL}={url} is not a postgres:// URL"),
    };
    match query {
        Some(query) => format!("{server}/{name}?{query}"),
        None => format!("{server}/{name}"),
    }
}

#[test]
fn a_database_name_replaces_the_one_in_the_url() {
    for (url, expected) in [
        ("postgres://me:pw@127.0.0.1:5433/postgres", "postgres://me:pw@127.0.0.1:5433/fresh"),
        ("postgres://me@localhost", "postgres://me@localhost/fresh"),
        ("postgres:///postgres?host=/tmp/pg&port=5433", "postgres:///fresh?host=/tmp/pg&port=5433"),
        ("postgres://me@%2Ftmp%2Fpg:5433/postgres", "postgres://me@%2Ftmp%2Fpg:5433/fresh"),
    ] {
        assert_eq!(with_database_name(url, "fresh"), expected);
    }
}
