//! /api/v1

mod accounts;
mod apps;
mod instance;
mod markers;
mod marks;
mod media;
mod notifications;
mod push;
mod statuses;
mod timelines;
