//! What is kept in memory, each within a limit. What must be forgotten, and when, is the business of `invalidation`.

pub mod cards;
pub mod context;
pub mod domains;
pub mod emojis;
pub mod facts;
pub mod groups;
pub mod keyring;
pub mod remote_media;
pub mod resolving;
pub mod signers;
pub mod tokens;
