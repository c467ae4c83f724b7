//! Verbs on accounts, one a file.

pub mod block;
pub mod confirm;
pub(crate) mod credentials;
pub mod delete;
pub mod domain_block;
pub mod find;
pub mod follow;
pub mod follow_all;
pub mod follow_requests;
pub mod modify;
pub mod mute;
pub mod note;
pub(crate) mod one_time;
pub mod register;
pub mod reset_password;
pub mod sign_up;
pub mod update;
