//! /api/v1

mod accounts;
mod apps;
mod conversations;
mod custom_emojis;
mod instance;
mod lists;
mod marks;
mod media;
mod notifications;
mod profile;
pub mod registration;
mod relationships;
mod statuses;
mod tags;
mod timelines;
