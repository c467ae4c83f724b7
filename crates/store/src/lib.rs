//! Two databases behind one [`Db`]: rows, queries, migrations, transactions and the job table.
//!
//! SQL text lives in this crate only, once for SQLite and PostgreSQL; what differs between them is
//! in `dialect.rs`. This crate knows nothing of HTTP, of Mastodon's JSON or of the rules.

pub mod db;
pub mod dialect;
pub mod error;
pub mod ids;
pub mod jobs;
pub mod migrate;
mod postgres;
pub mod row;
pub mod sql;
mod sqlite;
pub mod value;

pub mod accounts;
pub mod audit_log;
pub mod bookmarks;
pub mod favourites;
pub mod feeds;
pub mod follows;
pub(crate) mod hidden;
pub mod idempotency;
pub mod leases;
pub mod media;
pub mod notifications;
pub mod oauth;
pub mod page;
pub mod search;
pub mod secrets;
pub mod seed;
pub mod sessions;
pub mod settings;
pub mod stats;
pub mod statuses;
pub mod tags;
pub mod users;

pub use db::{Committed, Db, Options, Reader, Tx, in_transaction};
pub use error::{Error, Result};
pub use ids::*;
#[doc(hidden)]
pub use inventory;
pub use row::{FromRow, Row};
pub use value::Value;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
