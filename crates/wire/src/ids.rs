//! Ids as clients see them: 64-bit integers sent as decimal strings,
//! because JavaScript cannot hold them as numbers.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An id of this server. JSON: a decimal string (`"109876543210"`); a number is also read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub i64);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = ParseIntError;

    /// Reads a decimal 64-bit integer; anything else, spaces included, is an error.
    fn from_str(text: &str) -> Result<Id, ParseIntError> {
        text.parse().map(Id)
    }
}

impl From<i64> for Id {
    fn from(number: i64) -> Id {
        Id(number)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl de::Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a 64-bit id as a decimal string or a number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
        text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Id, E> {
        Ok(Id(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Id, E> {
        i64::try_from(number).map(Id).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Id;

    fn read(json: &str) -> Option<Id> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn an_id_is_written_as_a_decimal_string() {
        assert_eq!(serde_json::json!(Id(i64::MAX)), "9223372036854775807");
        assert_eq!(serde_json::json!(Id(-99)), "-99");
    }

    #[test]
    fn an_id_is_read_from_a_string_or_a_number_and_nothing_else() {
        assert_eq!(read(r#""42""#), Some(Id(42)));
        assert_eq!(read("42"), Some(Id(42)));
        assert_eq!(read("-42"), Some(Id(-42)));
        for bad in
            [r#""""#, r#"" 42""#, r#""4x""#, "4.5", "null", "true", "[]", "{}", "9223372036854775808", r#""9223372036854775808""#, r#""4\u0000""#]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_id_survives_json_and_text(number: i64) {
            let id = Id(number);
            let json = serde_json::to_string(&id).expect("an id is always writable");
            prop_assert_eq!(&json, &format!("\"{number}\""));
            prop_assert_eq!(read(&json), Some(id));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }
}
