//! The `@context` of a document: what its words mean. It names only what the document uses, so that a short
//! document stays short, and every word of it is defined.
//!
//! Source: www.w3.org/TR/json-ld11, docs.joinmastodon.org/spec/activitypub, and the FEPs named at the terms.

use serde_json::{Map, Value};

use super::CONTEXT;

/// Defines `publicKey`, `owner` and `publicKeyPem`.
const SECURITY: &str = "https://w3id.org/security/v1";
const SECURITY_TERMS: &[&str] = &["publicKey", "publicKeyPem", "owner"];

/// Properties whose keys are languages.
const LANGUAGE_MAPS: &[&str] = &["contentMap", "nameMap", "summaryMap"];

/// Prefixes and what they stand for.
const PREFIXES: &[(&str, &str)] = &[
    ("toot", "http://joinmastodon.org/ns#"),
    ("ostatus", "http://ostatus.org#"),
    // Not https and no slash: that is what everybody sends and understands.
    ("schema", "http://schema.org#"),
    ("gts", "https://gotosocial.org/ns#"),
    ("litepub", "http://litepub.social/ns#"),
    ("sec", "https://w3id.org/security#"),
];

/// A property or type that the vocabulary's own context does not define.
struct Term {
    name: &'static str,
    /// The prefix that the definition is written with; empty for those that need no definition of their own.
    prefix: &'static str,
    /// JSON.
    definition: &'static str,
}

const fn term(name: &'static str, prefix: &'static str, definition: &'static str) -> Term {
    Term { name, prefix, definition }
}

/// At most 64: a document's terms are the bits of a number.
const TERMS: &[Term] = &[
    term("Hashtag", "", r#""as:Hashtag""#),
    term("sensitive", "", r#""as:sensitive""#),
    term("manuallyApprovesFollowers", "", r#""as:manuallyApprovesFollowers""#),
    term("movedTo", "", r#"{"@id":"as:movedTo","@type":"@id"}"#),
    term("alsoKnownAs", "", r#"{"@id":"as:alsoKnownAs","@type":"@id"}"#),
    term("Emoji", "toot", r#""toot:Emoji""#),
    term("featured", "toot", r#"{"@id":"toot:featured","@type":"@id"}"#),
    term("featuredTags", "toot", r#"{"@id":"toot:featuredTags","@type":"@id"}"#),
    term("discoverable", "toot", r#""toot:discoverable""#),
    term("indexable", "toot", r#""toot:indexable""#),
    term("memorial", "toot", r#""toot:memorial""#),
    term("suspended", "toot", r#""toot:suspended""#),
    // Bare domains: as "@type": "@id" they would be relative addresses, which signatures leave out.
    term("attributionDomains", "toot", r#"{"@id":"toot:attributionDomains","@container":"@set"}"#),
    term("showFeatured", "toot", r#""toot:showFeatured""#),
    term("showMedia", "toot", r#""toot:showMedia""#),
    term("showRepliesInMedia", "toot", r#""toot:showRepliesInMedia""#),
    term("blurhash", "toot", r#""toot:blurhash""#),
    term("focalPoint", "toot", r#"{"@container":"@list","@id":"toot:focalPoint"}"#),
    term("votersCount", "toot", r#""toot:votersCount""#),
    term("conversation", "ostatus", r#""ostatus:conversation""#),
    term("PropertyValue", "schema", r#""schema:PropertyValue""#),
    term("value", "schema", r#""schema:value""#),
    // FEP-2c59
    term("webfinger", "", r#""https://purl.archive.org/socialweb/webfinger#webfinger""#),
    // FEP-044f, FEP-7aa9
    term("interactionPolicy", "gts", r#"{"@id":"gts:interactionPolicy","@type":"@id"}"#),
    term("canQuote", "gts", r#"{"@id":"gts:canQuote","@type":"@id"}"#),
    term("canFeature", "", r#"{"@id":"https://w3id.org/fep/7aa9#canFeature","@type":"@id"}"#),
    term("automaticApproval", "gts", r#"{"@id":"gts:automaticApproval","@type":"@id"}"#),
    term("manualApproval", "gts", r#"{"@id":"gts:manualApproval","@type":"@id"}"#),
    term("directMessage", "litepub", r#""litepub:directMessage""#),
    // FEP-521a
    term("assertionMethod", "sec", r#"{"@id":"sec:assertionMethod","@type":"@id","@container":"@set"}"#),
    term("Multikey", "sec", r#""sec:Multikey""#),
    term("controller", "sec", r#"{"@id":"sec:controller","@type":"@id"}"#),
    term("publicKeyMultibase", "sec", r#"{"@id":"sec:publicKeyMultibase","@type":"sec:multibase"}"#),
];

/// The document as it is sent: its context comes first.
pub fn with_context(document: &Value) -> String {
    let body = document.to_string();
    let context = context(document);
    // What follows the brace; an object without properties gets no comma.
    let rest = body.strip_prefix('{').unwrap_or("}");
    let comma = if rest == "}" { "" } else { "," };
    format!("{{\"@context\":{context}{comma}{rest}")
}

/// The value of `@context` that defines all that `document` says.
pub fn context(document: &Value) -> String {
    let mut used = Used::default();
    walk(document, &mut used);
    let mut definitions: Vec<String> = Vec::new();
    let terms = TERMS.iter().enumerate().filter(|(bit, _)| used.terms & (1 << bit) != 0).map(|(_, term)| term);
    for (prefix, stands_for) in PREFIXES {
        if terms.clone().any(|term| term.prefix == *prefix) {
            definitions.push(format!("\"{prefix}\":\"{stands_for}\""));
        }
    }
    definitions.extend(terms.map(|term| format!("\"{}\":{}", term.name, term.definition)));
    let mut contexts = vec![format!("\"{CONTEXT}\"")];
    if used.security {
        contexts.push(format!("\"{SECURITY}\""));
    }
    if !definitions.is_empty() {
        contexts.push(format!("{{{}}}", definitions.join(",")));
    }
    if contexts.len() == 1 { contexts.concat() } else { format!("[{}]", contexts.join(",")) }
}

#[derive(Default)]
struct Used {
    /// A bit for each of [`TERMS`].
    terms: u64,
    security: bool,
}

impl Used {
    fn note(&mut self, word: &str) {
        if let Some(bit) = TERMS.iter().position(|term| term.name == word) {
            self.terms |= 1 << bit;
        }
        self.security |= SECURITY_TERMS.contains(&word);
    }
}

/// Documents of our own are a few levels deep.
fn walk(value: &Value, used: &mut Used) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| walk(value, used)),
        Value::Object(map) => walk_object(map, used),
        _ => {}
    }
}

fn walk_object(map: &Map<String, Value>, used: &mut Used) {
    for (key, value) in map {
        used.note(key);
        if key == "type" {
            match value {
                Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).for_each(|kind| used.note(kind)),
                kind => kind.as_str().into_iter().for_each(|kind| used.note(kind)),
            }
        } else if !LANGUAGE_MAPS.contains(&key.as_str()) {
            walk(value, used);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_context_names_what_the_document_uses_and_no_more() {
        let plain = json!({ "id": "https://a.test/1", "type": "Like", "object": "https://b.test/2" });
        assert_eq!(with_context(&plain), format!(r#"{{"@context":"{CONTEXT}","id":"https://a.test/1","type":"Like","object":"https://b.test/2"}}"#));
        let note = json!({ "type": ["Note"], "sensitive": true, "contentMap": { "toot": "x" }, "tag": [{ "type": "Emoji" }] });
        let expected = json!([CONTEXT, { "toot": "http://joinmastodon.org/ns#", "sensitive": "as:sensitive", "Emoji": "toot:Emoji" }]);
        assert_eq!(serde_json::from_str::<Value>(&context(&note)).unwrap(), expected);
        let keyed = json!({ "publicKey": { "owner": "https://a.test" } });
        assert_eq!(serde_json::from_str::<Value>(&context(&keyed)).unwrap(), json!([CONTEXT, SECURITY]));
        assert_eq!(with_context(&json!({})), format!(r#"{{"@context":"{CONTEXT}"}}"#));
    }

    #[test]
    fn every_definition_is_json_and_its_prefix_is_known() {
        assert!(TERMS.len() <= 64);
        for term in TERMS {
            let definition: Value = serde_json::from_str(term.definition).unwrap();
            let id = definition.as_str().or_else(|| definition["@id"].as_str()).unwrap();
            let (prefix, _) = id.split_once(':').unwrap();
            assert!(prefix == "as" || prefix == "https" || (prefix == term.prefix && PREFIXES.iter().any(|(known, _)| *known == prefix)), "{id}");
        }
    }
}
