//! What surrounds every request.

pub mod again;
pub mod client;
pub mod cors;
pub mod drain;
pub mod observe;
pub mod rate;
pub mod words;
