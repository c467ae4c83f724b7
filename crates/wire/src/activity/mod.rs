//! ActivityPub documents: read tolerantly, written exactly.
//!
//! Peers write every property in every form that JSON-LD allows: absent, null, one value, a list of
//! them, a string that names an object or the object itself. [`document`] reads all of these alike.
//!
//! Source: www.w3.org/TR/activitypub, www.w3.org/TR/activitystreams-vocabulary

pub mod actor;
pub mod address;
pub mod context;
pub mod document;
pub mod emoji;
pub mod file;
pub mod moment;
pub mod note;
pub mod write;

pub use context::with_context;
pub use document::{Unreadable, read};

/// The vocabulary's context.
pub const CONTEXT: &str = "https://www.w3.org/ns/activitystreams";
/// The collection of everybody.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
/// The type of documents that we send.
pub const CONTENT_TYPE: &str = "application/activity+json; charset=utf-8";
/// What we ask others for.
pub const ACCEPT: &str = "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\", application/activity+json";

/// Whether an address is that of everybody, in each of the forms that JSON-LD allows.
pub fn is_public(address: &str) -> bool {
    matches!(address, PUBLIC | "as:Public" | "Public")
}
