//! What crosses the network, as types: the shapes of messages and how they are written and read.
//! Pure: no I/O, no clock, no rules about who may see what.

pub mod activity;
pub mod ids;
pub mod mastodon;
pub mod media;
pub mod nodeinfo;
pub mod shared;
pub mod signature;
pub mod time;
pub mod webfinger;
pub mod written;

pub use ids::Id;
pub use shared::Shared;
pub use time::{Date, DateTime};
pub use written::WriteJson;
