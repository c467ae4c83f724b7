//! What other servers and crawlers ask.

pub mod inbox;
pub mod nodeinfo;
