//! Notifications, made in the transaction of what they are about. What concerns many is notified by jobs.

use store::notifications::{self, NewNotification};
use store::statuses::NewStatus;
use store::{AccountId, Reader, StatusId, Tx, accounts, follows, hidden, notification_groups as groups};

use super::push;
use crate::Result;
use crate::bus::{self, Event};
use crate::queue::{self, NotifyFollowers};

const HOUR_MS: i64 = 60 * 60 * 1000;
/// Hours that a group spans at most, from the hour of its first notification.
const SPAN_HOURS: i64 = 12;
/// Kinds that tell of something of one's own.
const ABOUT_OWN: &[&str] = &["poll"];

/// Tells a local account what another one did just now, in the transaction that does it, unless it does not want to
/// hear of it. What concerns many is told by jobs.
pub(crate) async fn notify(tx: &Tx, new: NewNotification) -> Result<()> {
    if accounts::find(tx, new.from_account_id).await?.is_none_or(|from| from.suspended_at.is_some()) || !is_wanted(tx, &new).await? {
        return Ok(());
    }
    if new.kind == "update" {
        // The newest edit counts.
        notifications::retract(tx, new.from_account_id, new.kind, new.activity_id, new.account_id).await?;
    }
    let group_key = group_key(tx, new.account_id, new.kind, new.status_id, tx.now()).await?;
    let new = NewNotification { group_key, ..new };
    if let Some(notification) = notifications::insert(tx, &new).await? {
        push::enqueue(tx, new.account_id, new.from_account_id, new.kind, notification).await?;
        bus::publish(tx, &Event::Notification { account: new.account_id, notification });
    }
    Ok(())
}

/// Has followers told of a status that answers nobody but its author.
pub(crate) async fn notify_followers(tx: &Tx, status: &NewStatus) -> Result<()> {
    let author = status.account_id;
    if status.in_reply_to.is_none_or(|(_, to)| to == author) && follows::has_listeners(tx, author).await? {
        queue::enqueue(tx, &NotifyFollowers { status: status.id, author, after: AccountId(0) }).await?;
    }
    Ok(())
}

/// Whether its receiver wants to hear of it. Nobody is told of their own acts; staff that mentions
/// somebody is always heard.
async fn is_wanted(tx: &Tx, new: &NewNotification) -> Result<bool> {
    if new.account_id == new.from_account_id {
        return Ok(ABOUT_OWN.contains(&new.kind));
    }
    let is_mention = new.kind == "mention";
    if is_mention && hidden::is_staff_over(tx, new.from_account_id, new.account_id).await? {
        return Ok(true);
    }
    if hidden::is_silent(tx, new.account_id, new.from_account_id, new.status_id).await? {
        return Ok(false);
    }
    match new.status_id {
        Some(status) if is_mention || new.kind == "status" => Ok(!hidden::is_unwelcome_mention(tx, new.account_id, status).await?),
        _ => Ok(true),
    }
}

/// The group that a notification made now belongs to: the newest of its kind and status that is not
/// too old, else a new one. `None`: it stands alone.
async fn group_key(r: &Reader, account: AccountId, kind: &str, status: Option<StatusId>, now_ms: i64) -> Result<Option<String>> {
    let prefix = match (kind, status) {
        ("favourite" | "reblog", Some(status)) => format!("{kind}-{status}"),
        ("follow" | "admin.sign_up", _) => kind.to_owned(),
        _ => return Ok(None),
    };
    // Hours since 1970 have six digits until 2084, so that the order of texts is that of numbers.
    let hour = now_ms.div_euclid(HOUR_MS);
    let (first, last) = (format!("{prefix}-{}", hour - SPAN_HOURS + 1), format!("{prefix}-{hour}"));
    Ok(Some(groups::greatest_key(r, account, &first, &last).await?.unwrap_or(last)))
}
