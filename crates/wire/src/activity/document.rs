//! Reading documents of others.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Levels of objects and lists within each other.
pub const DEPTH_MAX: usize = 32;

/// Why bytes are no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

/// Reads a JSON object from another server. Objects and lists may lie in each other [`DEPTH_MAX`] deep; an
/// object that has a key twice is refused, since its reader and its signer might each take another one. NUL characters
/// are left out of texts: no database takes them.
pub fn read(bytes: &[u8]) -> Result<Value, Unreadable> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Level(DEPTH_MAX).deserialize(&mut reader).map_err(|error| Unreadable(error.to_string()))?;
    reader.end().map_err(|error| Unreadable(error.to_string()))?;
    if value.is_object() { Ok(value) } else { Err(Unreadable("not an object".into())) }
}

/// How many levels more there may be.
#[derive(Clone, Copy)]
struct Level(usize);

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl Level {
    fn deeper<E: serde::de::Error>(self) -> Result<Level, E> {
        self.0.checked_sub(1).map(Level).ok_or_else(|| E::custom(format_args!("more than {DEPTH_MAX} levels deep")))
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.replace('\0', "")))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(if value.contains('\0') { value.replace('\0', "") } else { value }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let level = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(level)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let level = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            let value = object.next_value_seed(level)?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key {key:?} is there twice")));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// The values of a property: none if it is absent or null, else one or those of the list, without nulls.
pub fn many<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    let value = of.get(key).unwrap_or(&Value::Null);
    let values = match value {
        Value::Array(values) => values.as_slice(),
        single => std::slice::from_ref(single),
    };
    values.iter().filter(|value| !value.is_null())
}

/// The first of the values of a property.
pub fn one<'a>(of: &'a Value, key: &str) -> Option<&'a Value> {
    many(of, key).next()
}

/// The first of a property's values that is text and not blank.
pub fn text<'a>(of: &'a Value, key: &str) -> Option<&'a str> {
    many(of, key).find_map(|value| value.as_str().filter(|text| !text.trim().is_empty()))
}

/// A property's text, or the first that its map (`nameMap` beside `name`) has.
pub fn words<'a>(of: &'a Value, key: &str) -> Option<&'a str> {
    text(of, key).or_else(|| first_of_map(of, &format!("{key}Map")).map(|(_, words)| words))
}

/// The first language of a map that has text, with that text.
pub fn first_of_map<'a>(of: &'a Value, key: &str) -> Option<(&'a str, &'a str)> {
    let filled = |(language, words): (&'a String, &'a Value)| Some((language.as_str(), words.as_str().filter(|words| !words.trim().is_empty())?));
    of.get(key)?.as_object()?.iter().find_map(filled)
}

/// What a reference names: itself, or the `id` of the object that stands in its place.
pub fn id(reference: &Value) -> Option<&str> {
    reference.as_str().or_else(|| reference.get("id")?.as_str()).filter(|id| !id.is_empty())
}

/// The id of the first of a property's values that has one.
pub fn id_of<'a>(of: &'a Value, key: &str) -> Option<&'a str> {
    ids(of, key).next()
}

/// The ids of a property's values.
pub fn ids<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    many(of, key).filter_map(id)
}

/// Whether the document is of this type, among others perhaps.
pub fn is_a(of: &Value, kind: &str) -> bool {
    many(of, "type").any(|known| known.as_str() == Some(kind))
}

/// The first of `kinds` that the document is.
pub fn kind_among<'a>(of: &Value, kinds: &[&'a str]) -> Option<&'a str> {
    kinds.iter().copied().find(|kind| is_a(of, kind))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_property_reads_alike_in_each_of_its_forms() {
        let forms = [json!("x"), json!(["x"]), json!({"id": "x"}), json!([{"id": "x", "type": "Note"}, "y"]), json!([null, "x"])];
        for form in forms {
            let document = json!({ "object": form });
            assert_eq!(id_of(&document, "object"), Some("x"), "{document}");
        }
        for form in [json!(null), json!([]), json!({}), json!(7), json!("")] {
            let document = json!({ "object": form });
            assert_eq!(id_of(&document, "object"), None, "{document}");
        }
        assert!(is_a(&json!({"type": ["Note", "x:Thing"]}), "Note"));
        assert_eq!(kind_among(&json!({"type": ["x:Thing", "Question"]}), &["Note", "Question"]), Some("Question"));
    }

    #[test]
    fn empty_values_hide_nothing_behind_them() {
        let document = json!({
            "name": "", "nameMap": { "de": " ", "en": "words" }, "summary": [null, 7, "\t", "more"], "summaryMap": { "en": "other" },
            "content": " ", "contentMap": {}, "actor": ["", {}, { "id": "" }, { "id": "x" }, "y"],
        });
        assert_eq!((text(&document, "name"), words(&document, "name")), (None, Some("words")));
        assert_eq!((text(&document, "summary"), words(&document, "summary")), (Some("more"), Some("more")));
        assert_eq!((words(&document, "content"), words(&document, "absent")), (None, None));
        assert_eq!(first_of_map(&document, "nameMap"), Some(("en", "words")));
        assert_eq!(id_of(&document, "actor"), Some("x"));
    }

    #[test]
    fn depth_and_double_keys_are_refused() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(DEPTH_MAX - 1).as_bytes()).is_ok());
        assert!(read(nested(DEPTH_MAX).as_bytes()).is_err());
        assert!(read(nested(10_000).as_bytes()).is_err());
        assert!(read(b"{\"actor\": \"a\", \"actor\": \"b\"}").is_err());
        assert!(read(b"{\"a\": {\"b\": 1, \"b\": 2}}").is_err());
        assert!(read(b"[1]").is_err());
        assert!(read(b"{} x").is_err());
        assert!(read(b"{\"a\": \"\xff\"}").is_err());
        assert!(read(b"{\"a\": \"\\ud800\"}").is_err(), "half a character");
        assert!(read(b"{\"a\": 1e999}").is_err());
        assert_eq!(read(b"{\"a\": \"x\\u0000y\", \"b\": [\"\\u0000\"]}").unwrap(), json!({"a": "xy", "b": [""]}));
        assert_eq!(read(b"{\"a\": [1, -1, 1.5, true, null, \"t\"]}").unwrap(), json!({"a": [1, -1, 1.5, true, null, "t"]}));
    }
}
