//! Version 1.

pub mod accounts;
pub mod apps;
pub mod bookmarks;
pub mod custom_emojis;
pub mod favourites;
pub mod instance;
pub mod media;
pub mod notifications;
pub mod statuses;
pub mod timelines;
