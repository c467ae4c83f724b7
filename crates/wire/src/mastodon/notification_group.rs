//! Notifications in groups (API v2).

use serde::{Deserialize, Serialize};

use super::{Absent, Account, NotificationType, Status, present};
use crate::written::{self, WriteJson};
use crate::{DateTime, Id, Shared};

/// What happened, told once for many who did the same.
///
/// Source: docs.joinmastodon.org/methods/grouped_notifications/#NotificationGroup
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NotificationGroup {
    /// `ungrouped-ID` when it stands alone.
    pub group_key: String,
    /// Of the whole group, not only of the page.
    pub notifications_count: i64,
    #[serde(rename = "type")]
    pub kind: NotificationType,
    /// A JSON number, unlike all other ids.
    pub most_recent_notification_id: i64,
    /// The three of a page are missing where one group is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_min_id: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_max_id: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_page_notification_at: Option<DateTime>,
    /// The newest senders, at most eight.
    pub sample_account_ids: Vec<Id>,
    /// The key is there for the types that have a status, null when it is gone.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub status_id: Option<Option<Id>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Absent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Absent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moderation_warning: Option<Absent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annual_report: Option<Absent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<Absent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Absent>,
}

/// Groups, and each account and status of theirs once.
///
/// Source: docs.joinmastodon.org/methods/grouped_notifications/#GroupedNotificationsResults
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupedNotificationsResults {
    pub accounts: Vec<Shared<Account>>,
    /// Only with `expand_accounts=partial_avatars`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial_accounts: Option<Vec<PartialAccountWithAvatar>>,
    pub statuses: Vec<Status>,
    pub notification_groups: Vec<NotificationGroup>,
}

impl WriteJson for GroupedNotificationsResults {
    fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        #[derive(Serialize)]
        struct Rest<'a> {
            accounts: &'a [Shared<Account>],
            #[serde(skip_serializing_if = "Option::is_none")]
            partial_accounts: Option<&'a [PartialAccountWithAvatar]>,
            notification_groups: &'a [NotificationGroup],
        }
        let partial_accounts = self.partial_accounts.as_deref();
        written::begin(out, &Rest { accounts: &self.accounts, partial_accounts, notification_groups: &self.notification_groups })?;
        written::field(out, "statuses", &self.statuses)?;
        written::end(out);
        Ok(())
    }
}

/// As much of an account as its picture needs.
///
/// Source: docs.joinmastodon.org/methods/grouped_notifications/#PartialAccountWithAvatar
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartialAccountWithAvatar {
    pub id: Id,
    pub acct: String,
    pub locked: bool,
    pub bot: bool,
    pub url: Option<String>,
    pub avatar: String,
    pub avatar_static: String,
    pub avatar_description: String,
}

impl From<&Account> for PartialAccountWithAvatar {
    fn from(account: &Account) -> Self {
        PartialAccountWithAvatar {
            id: account.id,
            acct: account.acct.clone(),
            locked: account.locked,
            bot: account.bot,
            url: account.url.clone(),
            avatar: account.avatar.clone(),
            avatar_static: account.avatar_static.clone(),
            avatar_description: account.avatar_description.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{check, check_written};
    use super::*;

    #[test]
    fn it_is_the_same_in_whichever_way_it_is_written() {
        check_written(&GroupedNotificationsResults {
            accounts: vec![Shared::default()],
            partial_accounts: Some(Vec::new()),
            statuses: vec![Status::default()],
            notification_groups: vec![NotificationGroup::default()],
        });
    }

    #[test]
    fn a_group_of_favourites_says_what_part_of_it_is_on_the_page() {
        check(
            NotificationGroup {
                group_key: "favourite-7-490000".into(),
                notifications_count: 12,
                kind: NotificationType::Favourite,
                most_recent_notification_id: 40,
                page_min_id: Some(Id(30)),
                page_max_id: Some(Id(40)),
                latest_page_notification_at: Some(DateTime(0)),
                sample_account_ids: vec![Id(1), Id(2)],
                status_id: Some(Some(Id(7))),
                ..NotificationGroup::default()
            },
            json!({
                "group_key": "favourite-7-490000",
                "notifications_count": 12,
                "type": "favourite",
                "most_recent_notification_id": 40,
                "page_min_id": "30",
                "page_max_id": "40",
                "latest_page_notification_at": "1970-01-01T00:00:00.000Z",
                "sample_account_ids": ["1", "2"],
                "status_id": "7",
            }),
        );
    }

    #[test]
    fn a_follow_alone_has_neither_page_nor_status() {
        let follow = NotificationGroup { group_key: "ungrouped-4".into(), kind: NotificationType::Follow, ..NotificationGroup::default() };
        check(
            GroupedNotificationsResults { notification_groups: vec![follow], ..GroupedNotificationsResults::default() },
            json!({
                "accounts": [],
                "statuses": [],
                "notification_groups": [{
                    "group_key": "ungrouped-4",
                    "notifications_count": 0,
                    "type": "follow",
                    "most_recent_notification_id": 0,
                    "sample_account_ids": [],
                }],
            }),
        );
    }

    #[test]
    fn a_partial_account_is_little_more_than_its_picture() {
        check(
            PartialAccountWithAvatar::from(&Account { id: Id(5), acct: "alice".into(), avatar: "https://a.test/a.png".into(), ..Account::default() }),
            json!({
                "id": "5", "acct": "alice", "locked": false, "bot": false, "url": null,
                "avatar": "https://a.test/a.png", "avatar_static": "", "avatar_description": "",
            }),
        );
    }
}
