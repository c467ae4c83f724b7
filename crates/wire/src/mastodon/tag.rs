//! Hashtags with their use, and work that goes on behind an answer.

use serde::{Deserialize, Serialize};

use crate::Id;

/// A hashtag.
///
/// Source: docs.joinmastodon.org/entities/Tag/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// Empty for a hashtag that was never used here.
    pub id: String,
    /// As it is shown, without the `#`.
    pub name: String,
    pub url: String,
    /// The last seven days, today first.
    pub history: Vec<TagHistory>,
    /// Only with a viewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub following: Option<bool>,
    /// Whether the viewer features it on their profile. Only with a viewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featuring: Option<bool>,
}

impl Tag {
    pub fn id(id: Option<Id>) -> String {
        id.map(|id| id.to_string()).unwrap_or_default()
    }
}

/// A hashtag's use on one day; all of it is text.
///
/// Source: docs.joinmastodon.org/entities/Tag/#history
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TagHistory {
    /// Midnight UTC, in seconds since 1970.
    pub day: String,
    pub accounts: String,
    pub uses: String,
}

/// Whether work behind an answer is done.
///
/// Source: docs.joinmastodon.org/entities/AsyncRefresh/
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AsyncRefresh {
    pub id: String,
    pub status: AsyncRefreshStatus,
    pub result_count: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsyncRefreshStatus {
    Running,
    Finished,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_hashtag_has_its_numbers_as_text_and_no_opinion_without_a_viewer() {
        let day = TagHistory { day: "1767225600".into(), accounts: "2".into(), uses: "3".into() };
        let tag = Tag { id: Tag::id(Some(Id(7))), name: "Cats".into(), url: "https://a.test/tags/cats".into(), history: vec![day], ..Tag::default() };
        let shown = json!({
            "id": "7",
            "name": "Cats",
            "url": "https://a.test/tags/cats",
            "history": [{ "day": "1767225600", "accounts": "2", "uses": "3" }],
        });
        check(tag.clone(), shown.clone());
        let mut seen = shown;
        seen["following"] = json!(true);
        seen["featuring"] = json!(false);
        check(Tag { following: Some(true), featuring: Some(false), ..tag }, seen);
        assert_eq!(Tag::id(None), "");
    }

    #[test]
    fn a_refresh_says_whether_it_is_done() {
        let refresh = |status| AsyncRefresh { id: "9".into(), status, result_count: None };
        check(refresh(AsyncRefreshStatus::Running), json!({ "id": "9", "status": "running", "result_count": null }));
        check(refresh(AsyncRefreshStatus::Finished), json!({ "id": "9", "status": "finished", "result_count": null }));
    }
}
