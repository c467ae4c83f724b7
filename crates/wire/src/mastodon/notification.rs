//! Notifications: what happened that concerns a person.

use serde::{Deserialize, Serialize};

use super::{Absent, Account, Status, is_false, present};
use crate::written::{self, WriteJson};
use crate::{DateTime, Id, Shared};

/// One thing that happened, ungrouped (API v1).
///
/// Source: docs.joinmastodon.org/entities/Notification/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    pub id: Id,
    #[serde(rename = "type")]
    pub kind: NotificationType,
    /// `ungrouped-ID` when it stands alone.
    pub group_key: String,
    pub created_at: DateTime,
    /// Who did it.
    pub account: Shared<Account>,
    /// The key is there for the types that [`NotificationType::has_status`] names,
    /// null when the status is gone.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub status: Option<Option<Box<Status>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Absent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Absent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moderation_warning: Option<Absent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Absent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection: Option<Absent>,
    /// Held back by the person's policy.
    #[serde(default, skip_serializing_if = "is_false")]
    pub filtered: bool,
}

impl WriteJson for Notification {
    fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let Some(status) = &self.status else { return serde_json::to_writer(out, self) };
        let rest = Notification { status: None, group_key: self.group_key.clone(), account: self.account.clone(), ..*self };
        written::begin(out, &rest)?;
        written::field(out, "status", status)?;
        written::end(out);
        Ok(())
    }
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationType {
    #[default]
    Mention,
    Status,
    Reblog,
    Follow,
    FollowRequest,
    Favourite,
    Poll,
    Update,
    #[serde(rename = "admin.sign_up")]
    AdminSignUp,
    #[serde(rename = "admin.report")]
    AdminReport,
    SeveredRelationships,
    ModerationWarning,
    Quote,
    QuotedUpdate,
    AddedToCollection,
    CollectionUpdate,
    AnnualReport,
}

impl NotificationType {
    /// Whether notifications of this type have the key `status`.
    pub fn has_status(self) -> bool {
        use NotificationType::*;
        matches!(self, Mention | Status | Reblog | Favourite | Poll | Update | Quote | QuotedUpdate)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{check, check_written};
    use super::*;

    #[test]
    fn it_is_the_same_in_whichever_way_it_is_written() {
        check_written(&vec![
            Notification::default(),
            Notification { status: Some(None), ..Notification::default() },
            Notification { status: Some(Some(Box::default())), filtered: true, ..Notification::default() },
        ]);
    }

    #[test]
    fn a_follow_has_no_status_key() {
        check(
            Notification { id: Id(4), kind: NotificationType::Follow, group_key: "ungrouped-4".into(), ..Notification::default() },
            json!({
                "id": "4",
                "type": "follow",
                "group_key": "ungrouped-4",
                "created_at": "1970-01-01T00:00:00.000Z",
                "account": Account::default(),
            }),
        );
    }

    #[test]
    fn a_favourite_has_its_status_or_null_when_it_is_gone() {
        let favourite = |status| Notification {
            kind: NotificationType::Favourite,
            group_key: "favourite-7-1".into(),
            status: Some(status),
            filtered: true,
            ..Notification::default()
        };
        let expected = |status| {
            json!({
                "id": "0",
                "type": "favourite",
                "group_key": "favourite-7-1",
                "created_at": "1970-01-01T00:00:00.000Z",
                "account": Account::default(),
                "status": status,
                "filtered": true,
            })
        };
        check(favourite(None), expected(json!(null)));
        check(favourite(Some(Box::default())), expected(json!(Status::default())));
    }

    #[test]
    fn every_type_has_its_name_on_the_wire() {
        use NotificationType::*;
        check(
            vec![
                Mention,
                Status,
                Reblog,
                Follow,
                FollowRequest,
                Favourite,
                Poll,
                Update,
                AdminSignUp,
                AdminReport,
                SeveredRelationships,
                ModerationWarning,
                Quote,
                QuotedUpdate,
                AddedToCollection,
                CollectionUpdate,
                AnnualReport,
            ],
            json!([
                "mention",
                "status",
                "reblog",
                "follow",
                "follow_request",
                "favourite",
                "poll",
                "update",
                "admin.sign_up",
                "admin.report",
                "severed_relationships",
                "moderation_warning",
                "quote",
                "quoted_update",
                "added_to_collection",
                "collection_update",
                "annual_report",
            ]),
        );
        assert!(Mention.has_status() && QuotedUpdate.has_status());
        assert!(!Follow.has_status() && !AdminReport.has_status());
    }
}
