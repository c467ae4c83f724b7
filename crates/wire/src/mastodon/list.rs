//! Lists of accounts with a timeline of their own.

use serde::{Deserialize, Serialize};

use crate::Id;

/// A list.
///
/// Source: docs.joinmastodon.org/entities/List/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct List {
    pub id: Id,
    pub title: String,
    pub replies_policy: RepliesPolicy,
    /// Its members' posts are not in the home timeline.
    pub exclusive: bool,
}

/// Which replies a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepliesPolicy {
    /// To anybody its owner follows.
    Followed,
    /// To its members.
    #[default]
    List,
    None,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_list_has_words_for_its_replies() {
        for (policy, word) in [(RepliesPolicy::Followed, "followed"), (RepliesPolicy::List, "list"), (RepliesPolicy::None, "none")] {
            check(
                List { id: Id(12249), title: "Friends".into(), replies_policy: policy, exclusive: true },
                json!({ "id": "12249", "title": "Friends", "replies_policy": word, "exclusive": true }),
            );
        }
    }
}
