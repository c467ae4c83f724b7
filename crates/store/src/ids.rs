//! Typed row ids and the generator that makes them.
//!
//! An id is a positive 63-bit number: 48 bits of milliseconds and 16 random bits, Mastodon's form,
//! so that order of ids is order of time and an imported Mastodon keeps its own.

use std::sync::atomic::{AtomicI64, Ordering};

/// Random bits below the milliseconds.
pub const RANDOM_BITS: u32 = 16;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }

        impl From<$name> for $crate::Value {
            fn from(id: $name) -> Self {
                $crate::Value::I64(id.0)
            }
        }

        impl From<&[$name]> for $crate::Value {
            fn from(ids: &[$name]) -> Self {
                $crate::Value::I64s(ids.iter().map(|id| id.0).collect())
            }
        }

        impl From<&Vec<$name>> for $crate::Value {
            fn from(ids: &Vec<$name>) -> Self {
                ids.as_slice().into()
            }
        }

        impl $crate::row::FromColumn for $name {
            fn from_column(row: &$crate::Row<'_>, column: usize) -> $crate::Result<Self> {
                <i64 as $crate::row::FromColumn>::from_column(row, column).map($name)
            }
        }
    )*};
}

ids! {
    /// `deliveries.id`
    DeliveryId,
    /// `delivery_bodies.id`
    DeliveryBodyId,
    /// `accounts.id`
    AccountId,
    /// `users.id`
    UserId,
    /// `statuses.id`
    StatusId,
    /// `media_attachments.id`
    MediaId,
    /// `blobs.id`
    BlobId,
    /// `notifications.id`
    NotificationId,
    /// `oauth_applications.id`
    ApplicationId,
    /// `oauth_tokens.id`
    TokenId,
    /// `sessions.id`
    SessionId,
    /// `tags.id`
    TagId,
    /// `follows.id`
    FollowId,
    /// `conversations.id`
    ConversationId,
    /// `roles.id`
    RoleId,
    /// `jobs.id`
    JobId,
    /// `follow_requests.id`
    FollowRequestId,
    /// `blocks.id`
    BlockId,
    /// `mutes.id`
    MuteId,
    /// `account_domain_blocks.id`
    DomainBlockId,
    /// `lists.id`
    ListId,
    /// `polls.id`
    PollId,
    /// `scheduled_statuses.id`
    ScheduledStatusId,
    /// `account_conversations.id`
    AccountConversationId,
    /// `web_push_subscriptions.id`
    PushSubscriptionId,
    /// `rules.id`
    RuleId,
    /// `custom_emojis.id`
    EmojiId,
}

/// Makes ids that never repeat and never go back within one process, whatever the clock does.
#[derive(Debug, Default)]
pub struct Generator {
    last: AtomicI64,
}

impl Generator {
    /// Ids made from now on are greater than `floor` (the greatest id known to the database).
    pub fn raise_floor(&self, floor: i64) {
        self.last.fetch_max(floor, Ordering::Relaxed);
    }

    /// The greatest id made so far, to be kept as the next start's floor.
    pub fn floor(&self) -> i64 {
        self.last.load(Ordering::Relaxed)
    }

    /// The next id for the time `now_ms` and the given random bits. Two nodes may make the same id
    /// (1 in 65,536 for the same millisecond); the primary key refuses the second and the
    /// transaction is run again.
    pub fn next(&self, now_ms: i64, random: u16) -> i64 {
        let candidate = (now_ms << RANDOM_BITS) | i64::from(random);
        let before = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(candidate.max(last + 1))).unwrap_or_default();
        candidate.max(before + 1)
    }
}

/// The smallest id that a row made at `ms` can have.
pub fn first_id_at(ms: i64) -> i64 {
    ms << RANDOM_BITS
}
