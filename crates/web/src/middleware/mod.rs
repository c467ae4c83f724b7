//! What surrounds every request.

pub mod client;
pub mod cors;
pub mod observe;
pub mod rate;
pub mod words;
