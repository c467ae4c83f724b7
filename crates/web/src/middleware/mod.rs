//! What surrounds every request.

pub mod again;
pub mod caching;
pub mod cors;
pub mod drain;
pub mod ending;
pub mod form;
pub mod observe;
pub mod rate;
pub mod slash;
pub mod words;
