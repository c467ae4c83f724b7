//! Tests of what other servers read from us, as a strict one reads it.

mod collections;
mod documents;
mod negotiation;
mod signed;
mod webfinger;

use std::collections::BTreeSet;

use app::testing::Person;
use serde_json::Value;

use super::site::{Answer, Ask, Site};

pub const CONTEXT: &str = "https://www.w3.org/ns/activitystreams";
const SECURITY: &str = "https://w3id.org/security/v1";

/// What the vocabulary's own context defines, of what we say. Source: www.w3.org/ns/activitystreams
const VOCABULARY: &[&str] = &[
    "Announce",
    "Application",
    "Collection",
    "CollectionPage",
    "Create",
    "Delete",
    "Document",
    "Image",
    "Mention",
    "Note",
    "OrderedCollection",
    "OrderedCollectionPage",
    "Person",
    "Question",
    "Service",
    "Tombstone",
    "Undo",
    "Update",
    "actor",
    "anyOf",
    "attachment",
    "attributedTo",
    "cc",
    "closed",
    "content",
    "contentMap",
    "context",
    "endTime",
    "endpoints",
    "first",
    "followers",
    "following",
    "height",
    "href",
    "icon",
    "id",
    "image",
    "inReplyTo",
    "inbox",
    "items",
    "last",
    "likes",
    "mediaType",
    "name",
    "next",
    "object",
    "oneOf",
    "orderedItems",
    "outbox",
    "partOf",
    "preferredUsername",
    "prev",
    "published",
    "replies",
    "sharedInbox",
    "shares",
    "summary",
    "tag",
    "target",
    "to",
    "totalItems",
    "type",
    "updated",
    "url",
    "width",
];
const SECURITY_TERMS: &[&str] = &["publicKey", "publicKeyPem", "owner"];

/// Asks as another server does.
pub fn fetch(site: &Site, address: &str) -> Ask {
    let path = address.strip_prefix("https://here.test").unwrap_or(address);
    site.get(path).header("accept", "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\", application/activity+json")
}

/// The document of an answer: of the right type, with its context first, which defines all that is said, and its `id`
/// the address that was asked.
#[track_caller]
pub fn read(answer: &Answer, address: &str) -> Value {
    assert_eq!(answer.status, 200, "{address}: {}", answer.text());
    assert_eq!(answer.header("content-type"), "application/activity+json; charset=utf-8");
    assert!(answer.text().starts_with("{\"@context\":"), "{}", answer.text());
    let document: Value = serde_json::from_slice(&answer.body).unwrap();
    defines_all(&document);
    assert_eq!(document["id"], address, "a document is found where it says it is");
    document
}

/// The document at an address, without its context.
pub async fn document(site: &Site, address: &str) -> Value {
    let mut document = read(&fetch(site, address).await, address);
    document.as_object_mut().unwrap().shift_remove("@context");
    document
}

/// Every word of a document is one of the vocabulary's or defined in its own context, and nothing else is defined.
#[track_caller]
pub fn defines_all(document: &Value) {
    let (mut defined, mut names_security) = (BTreeSet::new(), false);
    let contexts = match &document["@context"] {
        Value::Array(contexts) => contexts.clone(),
        single => vec![single.clone()],
    };
    assert_eq!(contexts[0], CONTEXT);
    for context in &contexts[1..] {
        match context {
            Value::Object(terms) => defined.extend(terms.keys().cloned()),
            named => {
                assert_eq!(named, SECURITY);
                names_security = true;
            }
        }
    }
    let mut said = BTreeSet::new();
    words(document, &mut said);
    for word in &said {
        let known = VOCABULARY.contains(&word.as_str()) || defined.contains(word) || names_security && SECURITY_TERMS.contains(&word.as_str());
        assert!(known, "{word} is not defined in {document}");
    }
    let definitions = document["@context"].to_string();
    for term in &defined {
        assert!(said.contains(term) || definitions.contains(&format!("\"{term}:")), "{term} is defined for nothing in {document}");
    }
}

fn words(value: &Value, said: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| words(value, said)),
        Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| *key != "@context") {
                said.insert(key.clone());
                match (key.as_str(), value) {
                    ("type", Value::String(kind)) => drop(said.insert(kind.clone())),
                    ("contentMap", _) => {}
                    _ => words(value, said),
                }
            }
        }
        _ => {}
    }
}

/// The address of a person's actor.
pub fn actor(person: &Person) -> String {
    format!("https://here.test/ap/users/{}", person.account)
}

/// The address of a status.
pub fn status(person: &Person, id: app::ids::StatusId) -> String {
    format!("{}/statuses/{id}", actor(person))
}
