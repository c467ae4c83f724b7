//! Two databases behind one [`Db`]: rows, queries, migrations, transactions and the job table.
//!
//! SQL text lives in this crate only, once for SQLite and PostgreSQL; what differs between them is
//! in `dialect.rs`. This crate knows nothing of HTTP, of Mastodon's JSON or of the rules.

pub mod changes;
pub mod databases;
pub mod db;
pub mod dialect;
pub mod error;
pub mod ids;
pub mod jobs;
mod link;
mod markup;
pub mod migrate;
mod postgres;
pub mod remote_statuses;
pub mod row;
pub mod sql;
mod sqlite;
pub mod transaction;
pub mod value;

pub mod account_notes;
pub mod accounts;
pub mod audience;
pub mod audit_log;
pub mod blocks;
pub mod bookmarks;
pub mod conversation_mutes;
pub mod conversations;
pub mod custom_emojis;
pub mod deliveries;
pub mod documents;
pub mod domain_blocks;
pub mod domain_rules;
pub mod edits;
pub mod favourites;
pub mod feeds;
pub mod follow_requests;
pub mod follows;
pub mod hidden;
pub mod hosts;
pub mod idempotency;
pub mod instance_activity;
pub mod keypairs;
pub mod leases;
pub mod lists;
pub mod markers;
pub mod media;
pub mod mutes;
mod notification_cause;
pub mod notification_groups;
pub mod notifications;
pub mod oauth;
pub mod page;
pub mod pins;
pub mod polls;
pub mod push_subscriptions;
pub mod received;
pub mod remote_accounts;
pub mod remote_emojis;
pub mod remote_media;
pub mod removal;
pub mod rules;
pub mod scheduled;
pub mod search;
pub mod secrets;
#[cfg(any(test, feature = "seeding"))]
pub mod seed;
pub mod sessions;
pub mod settings;
pub mod stats;
pub mod statuses;
pub mod streams;
pub mod tags;
pub mod timelines;
pub mod tombstones;
pub mod uris;
pub mod user_tokens;
pub mod users;
pub mod withdrawn;

pub use changes::Change;
pub use db::{Db, Options, Reader, Tx};
pub use error::{Error, Result};
pub use ids::*;
#[doc(hidden)]
pub use inventory;
pub use link::Trust;
pub use row::{FromRow, Row};
pub use transaction::{Committed, in_transaction};
pub use value::Value;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
