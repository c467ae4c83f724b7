//! What the server does: every rule and effect. HTTP is spoken in `web`, SQL in `store`.
//!
//! A verb is a function that takes the [`App`] and the [`Viewer`]; it decides, writes in one
//! transaction, and enqueues in that transaction what is to follow.

pub mod accounts;
pub mod app;
pub mod bus;
pub mod cache;
pub mod clock;
pub mod conversations;
pub mod effects;
pub mod emojis;
pub mod error;
pub mod federation;
pub mod files;
pub mod instance;
pub mod invalidation;
pub mod jobs;
pub mod lists;
pub mod mail;
pub mod mailer;
pub mod markers;
pub mod measure;
pub mod media;
pub mod net;
pub mod notifications;
pub mod oauth;
pub mod passwords;
pub mod permissions;
pub mod policy;
mod pools;
pub mod present;
pub mod push;
pub mod queue;
pub mod rates;
pub mod request;
pub mod rules;
pub mod schedule;
pub mod scopes;
pub mod search;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod start;
pub mod statuses;
pub mod streams;
pub mod tags;
pub mod timelines;
pub mod tokens;
pub mod urls;
pub mod viewer;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use app::{App, Options};
pub use error::{Detail, Error, Result, Words};
pub use store::audit_log::Origin;
pub use store::ids;
pub use store::page::Page;
pub use viewer::Viewer;
