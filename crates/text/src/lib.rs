//! A person's text on its way to and from the page: what in it is a link, a mention or a hashtag,
//! how it becomes safe HTML, how long it is, which language it may name, by which words it is
//! found, and the words the server itself speaks.
//!
//! Everything here is pure: no clock, no network, no database, no files at run time (the locale
//! files are compiled in). Who is mentioned and where a hashtag lives is asked of the caller
//! through closures.

pub mod compose;
pub mod count;
pub mod domains;
pub mod emoji;
pub mod language;
pub mod limit;
pub mod links;
pub mod locales;
pub mod plain;
pub mod sanitize;
pub mod tags;
pub mod tokens;

mod chars;

pub use compose::{Links, MentionTarget, TagRef};
pub use limit::Limit;
pub use links::{Entity, EntityKind, MentionRef};
pub use locales::{Locale, message};
