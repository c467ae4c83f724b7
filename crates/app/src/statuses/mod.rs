//! Verbs on statuses, one a file.

pub mod bookmark;
pub mod context;
pub mod delete;
pub mod favourite;
pub mod post;
pub mod marked;
pub mod reblog;
pub mod show;
