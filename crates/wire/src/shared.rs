//! An entity that many answers show: its JSON is written once.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A value that is cheap to clone, and to serialise from the second time on. It looks like its value in JSON, and
/// serialises into nothing else.
#[derive(Debug, Default)]
pub struct Shared<T>(Arc<Written<T>>);

#[derive(Debug, Default)]
struct Written<T> {
    value: T,
    json: OnceLock<Box<RawValue>>,
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Shared(Arc::new(Written { value, json: OnceLock::new() }))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared(self.0.clone())
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Serialize> Shared<T> {
    /// The JSON of the value, written once.
    pub fn json(&self) -> serde_json::Result<&str> {
        self.raw().map(RawValue::get)
    }

    fn raw(&self) -> serde_json::Result<&RawValue> {
        if let Some(json) = self.0.json.get() {
            return Ok(json);
        }
        let json = to_raw_value(&self.0.value)?;
        Ok(self.0.json.get_or_init(|| json))
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw().map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Shared::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_reads_and_writes_like_its_value() {
        let shared: Shared<Vec<String>> = serde_json::from_str(r#"["a","\"b\""]"#).unwrap();
        assert_eq!(*shared, ["a", "\"b\""]);
        for _ in 0..2 {
            assert_eq!(serde_json::to_string(&[&shared, &shared]).unwrap(), r#"[["a","\"b\""],["a","\"b\""]]"#);
            assert_eq!(serde_json::to_value(&shared).unwrap(), json!(["a", "\"b\""]));
        }
        assert_eq!(shared, shared.clone());
        assert_ne!(shared, Shared::from(Vec::new()));
    }
}
