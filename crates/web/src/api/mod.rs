//! Mastodon's REST API. The tree mirrors the URLs: a noun is a folder, a verb a file.

pub mod v1;
pub mod v2;
