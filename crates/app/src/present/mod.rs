//! From rows to Mastodon's entities: the only place that makes the JSON clients see. REST, streaming
//! and pages share it. Any number of statuses costs a fixed number of queries.

pub mod account;
pub mod application;
pub mod instance;
pub mod media;
pub mod notification;
pub mod relationship;
pub mod search;
pub mod status;
