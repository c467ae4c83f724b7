//! Verbs on accounts, one a file.

pub mod block;
pub mod delete;
pub mod domain_block;
pub mod find;
pub mod follow;
pub mod follow_requests;
pub mod modify;
pub mod mute;
pub mod note;
pub mod register;
pub mod sign_in;
