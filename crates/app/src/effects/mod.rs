//! What follows from a verb, in its transaction: feeds, notifications, pushes, the search index.

pub(crate) mod feeds;
pub(crate) mod index;
pub(crate) mod notify;
pub(crate) mod push;
pub(crate) mod refresh;
