//! Statuses of tomorrow.

use serde::{Deserialize, Serialize};

use super::{MediaAttachment, Visibility};
use crate::{DateTime, Id};

/// A status that waits for its time.
///
/// Source: docs.joinmastodon.org/entities/ScheduledStatus/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScheduledStatus {
    pub id: Id,
    pub scheduled_at: DateTime,
    pub params: ScheduledParams,
    pub media_attachments: Vec<MediaAttachment>,
}

/// What it was asked to be. Ids are numbers here, but for those of attachments.
///
/// Source: docs.joinmastodon.org/entities/ScheduledStatus/#params
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScheduledParams {
    pub text: String,
    pub poll: Option<ScheduledPoll>,
    pub media_ids: Option<Vec<Id>>,
    pub sensitive: Option<bool>,
    pub spoiler_text: Option<String>,
    pub visibility: Visibility,
    pub in_reply_to_id: Option<i64>,
    pub language: Option<String>,
    pub application_id: Option<i64>,
    /// Always null: see [`ScheduledStatus::scheduled_at`].
    pub scheduled_at: Option<DateTime>,
    /// Always null: the key served when it was scheduled.
    pub idempotency: Option<String>,
    pub with_rate_limit: bool,
    pub allowed_mentions: Option<Vec<Id>>,
    pub quoted_status_id: Option<Id>,
    /// `public`, `followers` or `nobody`.
    pub quote_approval_policy: Option<String>,
}

/// The poll it will have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScheduledPoll {
    pub options: Vec<String>,
    /// Seconds from when it is posted.
    pub expires_in: i64,
    pub multiple: bool,
    pub hide_totals: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_scheduled_status_says_what_it_will_be() {
        let poll = ScheduledPoll { options: vec!["a".into(), "b".into()], expires_in: 300, multiple: false, hide_totals: true };
        let params =
            ScheduledParams { text: "hi".into(), poll: Some(poll), media_ids: Some(vec![Id(4)]), in_reply_to_id: Some(7), ..Default::default() };
        check(
            ScheduledStatus { id: Id(9), scheduled_at: DateTime(0), params, media_attachments: vec![] },
            json!({
                "id": "9",
                "scheduled_at": "1970-01-01T00:00:00.000Z",
                "params": {
                    "text": "hi",
                    "poll": { "options": ["a", "b"], "expires_in": 300, "multiple": false, "hide_totals": true },
                    "media_ids": ["4"],
                    "sensitive": null,
                    "spoiler_text": null,
                    "visibility": "public",
                    "in_reply_to_id": 7,
                    "language": null,
                    "application_id": null,
                    "scheduled_at": null,
                    "idempotency": null,
                    "with_rate_limit": false,
                    "allowed_mentions": null,
                    "quoted_status_id": null,
                    "quote_approval_policy": null,
                },
                "media_attachments": [],
            }),
        );
    }
}
