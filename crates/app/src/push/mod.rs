//! Web Push: telling a client of its person's notifications while it is not running. A client leaves an
//! address and a public key ([`subscribe`]); what is pushed there only it can read ([`seal`]), and
//! that it comes from us it can tell by our signature ([`vapid`]). The job `PushNotification` sends.

pub mod seal;
pub mod subscribe;
pub mod unsubscribe;
pub mod vapid;

use std::collections::BTreeMap;

use store::push_subscriptions::{self, PushSubscription};
use store::{AccountId, NotificationId, Reader, Tx, follows};

use crate::Result;
use crate::jobs::{self, PushNotification};

/// Subscriptions of one person that are told of a notification: the newest.
const SUBSCRIPTIONS_MAX: i64 = 50;

/// Of whom somebody wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    All,
    /// Those they follow.
    Followed,
    /// Those who follow them.
    Follower,
    None,
}

impl Policy {
    fn read(word: &str) -> Policy {
        match word {
            "all" => Policy::All,
            "followed" => Policy::Followed,
            "follower" => Policy::Follower,
            _ => Policy::None,
        }
    }
}

/// The kinds of notification that a client wants, as it has said.
pub fn alerts(subscription: &PushSubscription) -> BTreeMap<String, bool> {
    serde_json::from_str(&subscription.alerts).unwrap_or_default()
}

/// Has a notification pushed to each of an account's clients that wants it.
pub async fn tell(tx: &Tx, account: AccountId, from: AccountId, kind: &str, notification: NotificationId) -> Result<()> {
    for subscription in push_subscriptions::list_of_account(tx, account, SUBSCRIPTIONS_MAX).await? {
        if is_wanted(tx, &subscription, account, from, kind).await? {
            jobs::enqueue(tx, &PushNotification { subscription: subscription.id, account, notification }).await?;
        }
    }
    Ok(())
}

/// Whether a client wants to be told of this kind from this account.
pub async fn is_wanted(r: &Reader, subscription: &PushSubscription, account: AccountId, from: AccountId, kind: &str) -> Result<bool> {
    if !alerts(subscription).get(kind).copied().unwrap_or(false) {
        return Ok(false);
    }
    Ok(match Policy::read(&subscription.policy) {
        Policy::All => true,
        Policy::Followed => follows::exists(r, account, from).await?,
        Policy::Follower => follows::exists(r, from, account).await?,
        Policy::None => false,
    })
}
