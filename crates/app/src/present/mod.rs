//! From rows to Mastodon's entities: the only place that makes the JSON clients see. REST, streaming
//! and pages share it. Any number of statuses costs a fixed number of queries.

pub mod account;
pub mod application;
pub mod conversation;
pub mod instance;
pub mod list;
pub mod live;
pub mod marker;
pub mod media;
pub mod notification;
pub mod poll;
pub mod push;
pub mod relationship;
pub mod scheduled_status;
pub mod search;
pub mod status;
pub mod status_edit;
pub mod tag;
pub mod userinfo;
pub mod view;
