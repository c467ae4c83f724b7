//! /api/v1

mod accounts;
mod apps;
mod conversations;
mod custom_emojis;
mod edits;
mod empty;
mod instance;
mod lists;
mod markers;
mod marks;
mod media;
mod notifications;
mod pins;
mod polls;
mod profile;
mod push;
pub mod registration;
mod relationships;
mod scheduled_statuses;
mod statuses;
mod tags;
mod timelines;
