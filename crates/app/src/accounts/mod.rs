//! Verbs on accounts, one a file.

pub mod delete;
pub mod find;
pub mod follow;
pub mod modify;
pub mod register;
pub mod sign_in;
