//! /api/v1

mod accounts;
mod apps;
mod edits;
mod instance;
mod marks;
mod media;
mod notifications;
mod pins;
mod polls;
mod scheduled_statuses;
mod statuses;
mod timelines;
