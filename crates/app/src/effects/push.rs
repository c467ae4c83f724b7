//! Which clients are told of a notification by Web Push.

use store::notifications::Kind;
use store::push_subscriptions::{self, PushSubscription};
use store::{AccountId, NotificationId, Reader, Tx, follows};

use crate::Result;
use crate::present::push::alerts;
use crate::queue::{self, PushNotification};

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

/// Has a notification pushed to each of an account's clients that wants it.
pub(super) async fn enqueue(tx: &Tx, account: AccountId, from: AccountId, kind: Kind, notification: NotificationId) -> Result<()> {
    for subscription in push_subscriptions::list_of_account(tx, account, SUBSCRIPTIONS_MAX).await? {
        if is_wanted(tx, &subscription, account, from, kind).await? {
            queue::enqueue(tx, &PushNotification { subscription: subscription.id, account, notification }).await?;
        }
    }
    Ok(())
}

/// Whether a client wants to be told of this kind from this account.
pub async fn is_wanted(r: &Reader, subscription: &PushSubscription, account: AccountId, from: AccountId, kind: Kind) -> Result<bool> {
    if !alerts(subscription).get(kind.word()).copied().unwrap_or(false) {
        return Ok(false);
    }
    Ok(match Policy::read(&subscription.policy) {
        Policy::All => true,
        Policy::Followed => follows::exists(r, account, from).await?,
        Policy::Follower => follows::exists(r, from, account).await?,
        Policy::None => false,
    })
}
