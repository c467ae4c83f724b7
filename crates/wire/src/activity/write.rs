//! The activities and collections that are made of addresses alone. Their `@context` is put before them when they are
//! sent.

use serde_json::{Value, json};

use super::PUBLIC;

/// An activity about something: `Follow`, `Like`, `Block`, `Accept`, `Reject`, `Undo`, `Add` and others.
/// `object` is an address or the object itself.
pub fn activity(kind: &str, id: &str, actor: &str, object: impl Into<Value>) -> Value {
    json!({ "id": id, "type": kind, "actor": actor, "object": object.into() })
}

/// Takes an activity back; it goes to whom the activity went. What it was about is only named: a private status is not
/// told again.
pub fn undo(mut undone: Value) -> Value {
    if let Some(object) = undone["object"].get("id").cloned() {
        undone["object"] = object;
    }
    let id = format!("{}#undo", undone["id"].as_str().unwrap_or_default());
    let mut undo = json!({ "id": id, "type": "Undo", "actor": undone["actor"] });
    for audience in ["to", "cc"] {
        if let Some(addresses) = undone.get(audience) {
            undo[audience] = addresses.clone();
        }
    }
    undo["object"] = undone;
    undo
}

/// A status is gone; nothing of it is said but its address.
pub fn delete(actor: &str, status: &str) -> Value {
    json!({
        "id": format!("{status}#delete"),
        "type": "Delete",
        "actor": actor,
        "to": [PUBLIC],
        "object": { "id": status, "type": "Tombstone" },
    })
}

/// An actor is gone.
pub fn delete_actor(actor: &str) -> Value {
    json!({ "id": format!("{actor}#delete"), "type": "Delete", "actor": actor, "to": [PUBLIC], "object": actor })
}

/// A status is put on top of its author's profile (`Add`) or taken off it (`Remove`); `at_ms` makes the id a new one
/// each time.
pub fn pin(kind: &str, actor: &str, featured: &str, status: &str, at_ms: i64) -> Value {
    json!({
        "id": format!("{actor}#{}/{at_ms}", if kind == "Add" { "pins" } else { "unpins" }),
        "type": kind,
        "actor": actor,
        "to": [PUBLIC],
        "object": status,
        "target": featured,
    })
}

/// How many there are, and nothing else.
pub fn counted(kind: &str, id: &str, total: i64) -> Value {
    json!({ "id": id, "type": kind, "totalItems": total })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTOR: &str = "https://a.test/ap/users/1";
    const STATUS: &str = "https://a.test/ap/users/1/statuses/2";

    #[test]
    fn what_is_undone_is_said_in_full_to_the_same_people() {
        let like = activity("Like", "https://a.test/ap/users/1#likes/3", ACTOR, STATUS);
        let expected = json!({
            "id": "https://a.test/ap/users/1#likes/3#undo",
            "type": "Undo",
            "actor": ACTOR,
            "object": { "id": "https://a.test/ap/users/1#likes/3", "type": "Like", "actor": ACTOR, "object": STATUS },
        });
        assert_eq!(undo(like), expected);
        let mut announce = activity("Announce", "https://a.test/1", ACTOR, STATUS);
        (announce["to"], announce["cc"]) = (json!([PUBLIC]), json!(["https://b.test/x"]));
        let undone = undo(announce.clone());
        assert_eq!((&undone["to"], &undone["cc"]), (&json!([PUBLIC]), &json!(["https://b.test/x"])));
        announce["object"] = json!({ "id": STATUS, "type": "Note", "content": "secret" });
        assert_eq!(undo(announce)["object"]["object"], STATUS);
    }

    #[test]
    fn a_deletion_names_only_what_is_gone() {
        let expected = json!({
            "id": "https://a.test/ap/users/1/statuses/2#delete",
            "type": "Delete",
            "actor": ACTOR,
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            "object": { "id": STATUS, "type": "Tombstone" },
        });
        assert_eq!(delete(ACTOR, STATUS), expected);
        assert_eq!(delete_actor(ACTOR)["object"], ACTOR);
        let added = pin("Add", ACTOR, "https://a.test/ap/users/1/collections/featured", STATUS, 7);
        assert_eq!((&added["id"], &added["object"]), (&json!("https://a.test/ap/users/1#pins/7"), &json!(STATUS)));
        assert_ne!(added["id"], pin("Remove", ACTOR, "f", STATUS, 7)["id"]);
    }
}
