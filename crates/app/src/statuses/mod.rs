//! Verbs on statuses, one a file.

pub mod bookmark;
pub mod context;
pub mod delete;
pub mod draft;
pub mod edit;
pub mod favourite;
pub mod history;
pub mod marked;
pub(crate) mod mentions;
pub mod mute;
pub mod pin;
pub mod poll;
pub mod post;
pub(crate) mod post_due;
pub(crate) mod publish;
pub mod quote_policy;
pub mod reblog;
pub mod schedule;
pub mod show;
pub(crate) mod text;
