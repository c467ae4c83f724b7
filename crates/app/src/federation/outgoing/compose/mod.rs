//! Documents made of rows: what others read from us, and the activities that tell them what happened. Those made of
//! addresses alone are in `wire::activity::write`; the `@context` is put before all of them by
//! [`wire::activity::with_context`].
//!
//! A document of any kind costs a fixed number of statements, however many statuses are in it.

mod activity;
mod actor;
mod note;
mod parts;

pub use activity::{activity, announce, create, update, update_actor};
pub use actor::actor;
pub use note::{Audience, Notes, load, note};
pub use parts::{emoji, of_actor};
