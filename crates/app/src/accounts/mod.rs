//! Verbs on accounts, one a file.

pub mod confirm;
pub mod delete;
pub mod find;
pub mod follow;
pub mod modify;
pub(crate) mod one_time;
pub mod register;
pub mod reset_password;
pub mod sign_in;
pub mod sign_up;
pub mod update;
