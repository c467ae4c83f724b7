//! /api/v1/statuses

pub mod bookmark;
pub mod context;
pub mod create;
pub mod delete;
pub mod favourite;
pub mod favourited_by;
pub mod index;
pub mod reblog;
pub mod show;
