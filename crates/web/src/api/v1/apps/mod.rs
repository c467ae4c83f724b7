//! /api/v1/apps

pub mod create;
pub mod verify_credentials;
