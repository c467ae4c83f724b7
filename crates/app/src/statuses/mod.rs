//! Verbs on statuses, one a file.

pub mod bookmark;
pub mod context;
pub mod delete;
pub mod favourite;
pub mod marked;
pub mod post;
pub mod reblog;
pub mod show;
