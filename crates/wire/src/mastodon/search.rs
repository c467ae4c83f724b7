//! What a search finds.

use serde::{Deserialize, Serialize};

use super::{Absent, Account, Status};
use crate::ids::Id;

/// Source: docs.joinmastodon.org/entities/Search/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Search {
    pub accounts: Vec<Account>,
    pub statuses: Vec<Status>,
    pub hashtags: Vec<FoundTag>,
    pub collections: Vec<Absent>,
}

/// A hashtag that was found.
///
/// Source: docs.joinmastodon.org/entities/Tag/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FoundTag {
    pub id: Id,
    /// As it is shown, without the `#`.
    pub name: String,
    pub url: String,
    /// Uses by day; not counted yet.
    pub history: Vec<Absent>,
    /// With a viewer only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub following: Option<bool>,
    /// With a viewer only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub featuring: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_found_is_four_empty_lists() {
        check(Search::default(), json!({ "accounts": [], "statuses": [], "hashtags": [], "collections": [] }));
    }

    #[test]
    fn a_hashtag_says_to_a_viewer_whether_they_follow_it() {
        let tag = FoundTag { id: Id(7), name: "Cats".into(), url: "https://here.test/tags/cats".into(), ..FoundTag::default() };
        let mut expected = json!({ "id": "7", "name": "Cats", "url": "https://here.test/tags/cats", "history": [] });
        check(tag.clone(), expected.clone());
        expected["following"] = json!(true);
        expected["featuring"] = json!(false);
        check(FoundTag { following: Some(true), featuring: Some(false), ..tag }, expected);
    }
}
