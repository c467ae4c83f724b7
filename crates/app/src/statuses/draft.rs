//! A status as somebody wants it posted, and what becomes of that.

use store::{AccountId, MediaId, ScheduledStatusId, StatusId};

use crate::statuses::poll::PollDraft;

/// A status as its author wants it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub text: String,
    pub spoiler_text: String,
    pub sensitive: Option<bool>,
    /// Mastodon's word; `None` is the author's default.
    pub visibility: Option<String>,
    pub language: Option<String>,
    pub in_reply_to_id: Option<StatusId>,
    pub media_ids: Vec<MediaId>,
    pub poll: Option<PollDraft>,
    /// ISO 8601; a time that has passed means now.
    pub scheduled_at: Option<String>,
    /// `public`, `followers` or `nobody`; `None` is the author's default.
    pub quote_policy: Option<String>,
    /// If given, the text must mention nobody else.
    pub allowed_mentions: Option<Vec<AccountId>>,
    pub idempotency_key: Option<String>,
}

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    Status(StatusId),
    /// It will be posted when its time comes.
    Scheduled(ScheduledStatusId),
    /// Nothing: it mentions these, who were not allowed.
    Unexpected(Vec<AccountId>),
}
