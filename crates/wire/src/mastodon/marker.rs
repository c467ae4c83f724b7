//! Markers: how far a person has read.

use serde::{Deserialize, Serialize};

use crate::{DateTime, Id};

/// How far a person has read a timeline.
///
/// Source: docs.joinmastodon.org/entities/Marker/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    pub last_read_id: Id,
    /// Grows with each change.
    pub version: i64,
    pub updated_at: DateTime,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_marker_has_three_keys() {
        check(
            Marker { last_read_id: Id(9), version: 2, updated_at: DateTime(0) },
            json!({ "last_read_id": "9", "version": 2, "updated_at": "1970-01-01T00:00:00.000Z" }),
        );
    }
}
