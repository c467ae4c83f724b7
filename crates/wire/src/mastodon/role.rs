//! Roles: what a person may do here, and the badge that shows it.

use serde::{Deserialize, Serialize};

use crate::Id;

/// A role as its holder sees it.
///
/// Source: docs.joinmastodon.org/entities/Role/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// -99 is the role that everyone has.
    pub id: Id,
    pub name: String,
    /// `#rrggbb` or empty.
    pub color: String,
    /// A bitmask as a decimal string.
    pub permissions: String,
    /// Shown as a badge on profiles.
    pub highlighted: bool,
    /// How many collections the holder may make.
    pub collection_limit: i64,
}

/// A role as a badge on a profile.
///
/// Source: docs.joinmastodon.org/entities/Account/#roles
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountRole {
    pub id: Id,
    pub name: String,
    /// `#rrggbb` or empty.
    pub color: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_role_has_its_permissions_as_a_string() {
        check(
            Role { id: Id(3), name: "Owner".into(), color: "#3584e4".into(), permissions: "1".into(), highlighted: true, collection_limit: 10 },
            json!({
                "id": "3",
                "name": "Owner",
                "color": "#3584e4",
                "permissions": "1",
                "highlighted": true,
                "collection_limit": 10,
            }),
        );
    }

    #[test]
    fn a_badge_is_id_name_and_color() {
        check(AccountRole { id: Id(3), name: "Owner".into(), color: String::new() }, json!({ "id": "3", "name": "Owner", "color": "" }));
    }
}
