//! What other servers and crawlers ask.

pub mod actor;
pub mod answer;
pub mod collections;
pub mod host_meta;
pub mod inbox;
pub mod nodeinfo;
pub mod owner;
pub mod status;
pub mod webfinger;
