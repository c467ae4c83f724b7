//! Tests of the store: every story runs on SQLite and on PostgreSQL.

mod world;

mod conformance;
mod coverage;
mod deliveries;
mod parity;
mod plans;
mod seeding;

mod accounts;
mod blocks;
mod conversations;
mod feeds;
mod follow_requests;
mod follows;
mod instance;
mod jobs;
mod keypairs;
mod lists;
mod markers;
mod marks;
mod media;
mod migrate;
mod mutes;
mod notification_groups;
mod notifications;
mod oauth;
mod polls;
mod remote_statuses;
mod removal;
mod revisions;
mod scheduled;
mod search;
mod sessions;
mod small_tables;
mod statuses;
mod streams;
mod tags;
mod timelines;
mod user_tokens;
mod users;
mod withdrawn;
