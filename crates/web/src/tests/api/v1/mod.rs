//! /api/v1

mod accounts;
mod apps;
mod instance;
mod marks;
mod media;
mod notifications;
mod profile;
pub mod registration;
mod statuses;
mod timelines;
