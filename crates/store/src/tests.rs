//! Tests of the store: every story runs on SQLite and on PostgreSQL.

mod world;

mod conformance;
mod coverage;
mod parity;
mod plans;
mod seeding;

mod accounts;
mod feeds;
mod follows;
mod jobs;
mod marks;
mod media;
mod migrate;
mod notifications;
mod oauth;
mod search;
mod sessions;
mod small_tables;
mod statuses;
mod users;
