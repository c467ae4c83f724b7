//! /api/v1

mod accounts;
mod apps;
mod instance;
mod marks;
mod media;
mod notifications;
mod relationships;
mod statuses;
mod timelines;
