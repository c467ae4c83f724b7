//! The entities of Mastodon's REST API, named and shaped as its documentation and its own
//! answers have them; keys are written in the order of the documentation.
//!
//! Three kinds of "nothing" are kept apart, because clients tell them apart:
//! - `Option<T>` is always a key, `null` without a value;
//! - `Option<T>` with `skip_serializing_if` is a key only with a value;
//! - `Option<Option<T>>` is a key that may be missing (`None`) or null (`Some(None)`).
//!
//! Source: docs.joinmastodon.org/entities/

use serde::{Deserialize, Deserializer, Serialize};

pub mod account;
pub mod application;
pub mod context;
pub mod conversation;
pub mod emoji;
pub mod error;
pub mod instance;
pub mod list;
pub mod marker;
pub mod media_attachment;
pub mod notification;
pub mod notification_group;
pub mod poll;
pub mod relationship;
pub mod role;
pub mod scheduled_status;
pub mod search;
pub mod status;
pub mod status_edit;
pub mod tag;
pub mod token;
pub mod userinfo;
pub mod web_push_subscription;

pub use account::{
    Account, ApprovalGroup, CredentialAccount, ExpandMedia, FamiliarFollowers, FeatureApproval, FeatureApprovalState, Field, MutedAccount,
    Preferences, Profile, QuotePolicy, Source,
};
pub use application::{Application, CredentialApplication};
pub use context::Context;
pub use conversation::Conversation;
pub use emoji::CustomEmoji;
pub use error::{ErrorBody, ErrorDetail};
pub use instance::{DomainBlock, Instance, Rule, RuleTranslation, V1Instance};
pub use list::{List, RepliesPolicy};
pub use marker::Marker;
pub use media_attachment::{MediaAttachment, MediaColors, MediaFocus, MediaMeta, MediaSize, MediaType};
pub use notification::{Notification, NotificationType};
pub use notification_group::{GroupedNotificationsResults, NotificationGroup, PartialAccountWithAvatar};
pub use poll::{Poll, PollOption};
pub use relationship::{DomainBlockPreview, Relationship};
pub use role::{AccountRole, Role};
pub use scheduled_status::{ScheduledParams, ScheduledPoll, ScheduledStatus};
pub use search::Search;
pub use status::{CarriedStatus, Mention, PlainStatus, QuoteApproval, QuoteApprovalState, Status, StatusApplication, StatusTag, Visibility};
pub use status_edit::{StatusEdit, StatusEditOption, StatusEditPoll, StatusSource};
pub use tag::{AsyncRefresh, AsyncRefreshStatus, Tag, TagHistory};
pub use token::{OAuthServerMetadata, Token};
pub use userinfo::OAuthUserinfo;
pub use web_push_subscription::{PushPayload, WebPushSubscription};

/// An entity that this server does not make: there is no value of it, so an
/// `Option<Absent>` is always null and a `Vec<Absent>` always empty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Absent {}

fn is_false(value: &bool) -> bool {
    !value
}

/// Reads a key that is there, even with null, as `Some`. Needs `default` beside it.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod testing {
    use std::fmt::Debug;

    use serde::{Serialize, de::DeserializeOwned};
    use serde_json::Value;

    /// Asserts that `entity` is written exactly as `expected`, order of keys included,
    /// and that reading this gives the same entity back.
    #[track_caller]
    pub fn check<T>(entity: T, expected: Value)
    where
        T: Serialize + DeserializeOwned + PartialEq + Debug,
    {
        // By way of a value, whose keys keep their order: what is shared is written without line breaks.
        let written = serde_json::from_str(&serde_json::to_string(&entity).expect("entities are writable"));
        let written = serde_json::to_string_pretty::<serde_json::Value>(&written.expect("what is written is JSON")).expect("values are writable");
        let expected = format!("{expected:#}");
        assert_eq!(written, expected, "\n{written}\n-- expected:\n{expected}");
        let read: T = serde_json::from_str(&written).expect("entities are readable");
        assert_eq!(read, entity);
    }

    /// Written in either way, it is the same.
    #[track_caller]
    pub fn check_written(entity: &impl crate::WriteJson) {
        for _ in 0..2 {
            let mut written = Vec::new();
            entity.write_json(&mut written).expect("entities are writable");
            let read: Value = serde_json::from_slice(&written).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&written)));
            assert_eq!(read, serde_json::to_value(entity).expect("entities are writable"));
        }
    }

    /// The keys of `entity`, in the order they are written.
    #[track_caller]
    pub fn keys(entity: &impl Serialize) -> Vec<String> {
        match serde_json::to_value(entity) {
            Ok(Value::Object(map)) => map.keys().cloned().collect(),
            other => panic!("not an object: {other:?}"),
        }
    }
}
