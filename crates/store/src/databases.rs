//! Whole databases of a PostgreSQL server, for programs that measure: made empty, weighed, dropped again.

use crate::error::{Error, Result};
use crate::postgres::Postgres;

const CONNECTIONS: usize = 1;
const NAME_MAX: usize = 63;

/// Makes the empty database `name` on the server that `url` names.
///
/// Errors: when it is there already; for names of anything but small letters, digits and `_`.
pub async fn create(url: &str, name: &str) -> Result<()> {
    batch(url, &format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", checked(name)?)).await
}

/// Drops the database `name`, with whoever is connected to it.
pub async fn drop(url: &str, name: &str) -> Result<()> {
    batch(url, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", checked(name)?)).await
}

/// Bytes of the database that `url` names, indexes and all.
pub async fn bytes(url: &str) -> Result<i64> {
    let postgres = Postgres::open(url, CONNECTIONS).await?;
    let bytes = postgres.database_bytes().await;
    postgres.close();
    bytes
}

async fn batch(url: &str, text: &str) -> Result<()> {
    let postgres = Postgres::open(url, CONNECTIONS).await?;
    let done = postgres.batch(text).await;
    postgres.close();
    done
}

/// A name that needs no quotes.
fn checked(name: &str) -> Result<&str> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(plain) {
        Ok(name)
    } else {
        Err(Error::Open(format!("{name:?} is no name for a database here: small letters, digits and _ only")))
    }
}
