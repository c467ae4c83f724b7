//! The activities that are made of addresses alone. Their `@context` is put before them when they are sent.

use serde_json::{Value, json};

/// An activity about something: `Follow`, `Like`, `Block`, `Accept`, `Reject`, `Undo`, `Add` and others.
/// `object` is an address or the object itself.
pub fn activity(kind: &str, id: &str, actor: &str, object: impl Into<Value>) -> Value {
    json!({ "id": id, "type": kind, "actor": actor, "object": object.into() })
}
