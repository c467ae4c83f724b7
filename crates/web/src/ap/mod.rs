//! What other servers and crawlers ask.

pub mod nodeinfo;
