//! Payloads: telling people.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::notifications::{Cause, NewNotification};
use store::{AccountId, NotificationId, PushSubscriptionId, StatusId};

use super::payload::Payload;

/// Tells a local account what another one did.
#[derive(Debug, Serialize, Deserialize)]
pub struct Notify {
    pub account: AccountId,
    pub from: AccountId,
    #[serde(flatten)]
    pub cause: Cause,
}

impl Payload for Notify {
    const KIND: &'static str = "notify";
    const LANE: Lane = Lane::Interactive;
}

impl From<NewNotification> for Notify {
    fn from(new: NewNotification) -> Self {
        Notify { account: new.account_id, from: new.from_account_id, cause: new.cause }
    }
}

/// Tells those who passed a status on that it has been edited.
#[derive(Debug, Serialize, Deserialize)]
pub struct NotifyEdit {
    pub status: StatusId,
    /// Accounts up to this id have been told already.
    pub after: AccountId,
}

impl Payload for NotifyEdit {
    const KIND: &'static str = "notify_edit";
    const LANE: Lane = Lane::Interactive;
}

/// Tells of a new status those followers who asked for it, a batch a transaction.
#[derive(Debug, Serialize, Deserialize)]
pub struct NotifyFollowers {
    pub status: StatusId,
    pub author: AccountId,
    /// Followers up to this id have been told.
    pub after: AccountId,
}

impl Payload for NotifyFollowers {
    const KIND: &'static str = "notify_followers";
    const LANE: Lane = Lane::Interactive;
}

/// Takes away the notifications of somebody who was blocked or muted.
#[derive(Debug, Serialize, Deserialize)]
pub struct ClearNotifications {
    pub account: AccountId,
    pub from: AccountId,
}

impl Payload for ClearNotifications {
    const KIND: &'static str = "clear_notifications";
    const LANE: Lane = Lane::Interactive;

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", self.account, self.from))
    }
}

/// Tells one client of one notification.
#[derive(Debug, Serialize, Deserialize)]
pub struct PushNotification {
    pub subscription: PushSubscriptionId,
    pub account: AccountId,
    pub notification: NotificationId,
}

impl Payload for PushNotification {
    const KIND: &'static str = "push_notification";
    const LANE: Lane = Lane::Deliver;
    const TRIES: i64 = 8;

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}-{}", self.subscription, self.notification))
    }
}
