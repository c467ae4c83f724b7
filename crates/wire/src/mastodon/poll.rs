//! Polls.

use serde::{Deserialize, Serialize};

use super::CustomEmoji;
use crate::{DateTime, Id};

/// A poll of a status. The keys `voted` and `own_votes` are for a viewer who is signed in.
///
/// Source: docs.joinmastodon.org/entities/Poll/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Poll {
    pub id: Id,
    pub expires_at: Option<DateTime>,
    pub expired: bool,
    /// Whether one may choose several.
    pub multiple: bool,
    pub votes_count: i64,
    /// Null when the poll's server does not say.
    pub voters_count: Option<i64>,
    pub options: Vec<PollOption>,
    pub emojis: Vec<CustomEmoji>,
    /// True for the author, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voted: Option<bool>,
    /// Positions in `options`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_votes: Option<Vec<i64>>,
}

/// A choice.
///
/// Source: docs.joinmastodon.org/entities/Poll/#Option
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PollOption {
    pub title: String,
    /// Null while the tallies are hidden.
    pub votes_count: Option<i64>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_passer_by_sees_a_poll_without_the_viewers_keys() {
        let poll = Poll {
            id: Id(3),
            expires_at: Some(DateTime(1_767_323_045_678)),
            votes_count: 2,
            voters_count: Some(1),
            options: vec![PollOption { title: "a".into(), votes_count: Some(2) }, PollOption { title: "b".into(), votes_count: None }],
            ..Poll::default()
        };
        let written = json!({
            "id": "3",
            "expires_at": "2026-01-02T03:04:05.678Z",
            "expired": false,
            "multiple": false,
            "votes_count": 2,
            "voters_count": 1,
            "options": [{ "title": "a", "votes_count": 2 }, { "title": "b", "votes_count": null }],
            "emojis": [],
        });
        check(poll.clone(), written.clone());
        let mut signed_in = written;
        signed_in["voted"] = json!(true);
        signed_in["own_votes"] = json!([1]);
        check(Poll { voted: Some(true), own_votes: Some(vec![1]), ..poll }, signed_in);
    }
}
