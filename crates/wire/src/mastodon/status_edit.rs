//! How a status came to be as it is: its source and its revisions.

use serde::{Deserialize, Serialize};

use super::{Absent, Account, CustomEmoji, MediaAttachment};
use crate::{DateTime, Id};

/// What its author wrote, to be edited.
///
/// Source: docs.joinmastodon.org/entities/StatusSource/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StatusSource {
    pub id: Id,
    pub text: String,
    pub spoiler_text: String,
}

/// A revision of a status.
///
/// Source: docs.joinmastodon.org/entities/StatusEdit/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StatusEdit {
    /// HTML.
    pub content: String,
    /// Plain text.
    pub spoiler_text: String,
    pub sensitive: bool,
    pub created_at: DateTime,
    pub account: Account,
    /// Only if that revision had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<StatusEditPoll>,
    pub media_attachments: Vec<MediaAttachment>,
    pub emojis: Vec<CustomEmoji>,
    /// Only if that revision had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Absent>,
}

/// What could be chosen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StatusEditPoll {
    pub options: Vec<StatusEditOption>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StatusEditOption {
    pub title: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_revision_has_a_poll_only_if_it_had_one() {
        let edit = StatusEdit { content: "<p>a</p>".into(), ..StatusEdit::default() };
        let written = |poll: bool| {
            let mut map = serde_json::Map::new();
            for (key, value) in [
                ("content", json!("<p>a</p>")),
                ("spoiler_text", json!("")),
                ("sensitive", json!(false)),
                ("created_at", json!("1970-01-01T00:00:00.000Z")),
                ("account", json!(Account::default())),
                ("poll", json!({ "options": [{ "title": "x" }] })),
                ("media_attachments", json!([])),
                ("emojis", json!([])),
            ] {
                if poll || key != "poll" {
                    map.insert(key.to_owned(), value);
                }
            }
            serde_json::Value::Object(map)
        };
        check(edit.clone(), written(false));
        let poll = StatusEditPoll { options: vec![StatusEditOption { title: "x".into() }] };
        check(StatusEdit { poll: Some(poll), ..edit }, written(true));
    }

    #[test]
    fn a_source_is_what_was_typed() {
        let source = StatusSource { id: Id(1), text: "a".into(), spoiler_text: "b".into() };
        check(source, json!({ "id": "1", "text": "a", "spoiler_text": "b" }));
    }
}
