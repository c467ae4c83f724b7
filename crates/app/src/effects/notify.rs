//! Notifications, made in the transaction of what they are about. What concerns many is notified by jobs.

use store::notifications::{self, Cause, NewNotification};
use store::statuses::NewStatus;
use store::{AccountId, Reader, Tx, accounts, follows, hidden, notification_groups as groups};

use super::push;
use crate::Result;
use crate::bus::{self, Event};
use crate::permissions::Permissions;
use crate::queue::{self, NotifyFollowers};

const HOUR_MS: i64 = 60 * 60 * 1000;
/// Hours that a group spans at most, from the hour of its first notification.
const SPAN_HOURS: i64 = 12;

/// Tells a local account what another one did just now, in the transaction that does it, unless it does not want to
/// hear of it. What concerns many is told by jobs.
pub(crate) async fn notify(tx: &Tx, new: NewNotification) -> Result<()> {
    if accounts::find(tx, new.from_account_id).await?.is_none_or(|from| from.suspended_at.is_some()) || !is_wanted(tx, &new).await? {
        return Ok(());
    }
    if let Cause::Update(_) = new.cause {
        // The newest edit counts.
        notifications::retract(tx, new.from_account_id, new.cause, new.account_id).await?;
    }
    let group_key = group_key(tx, new.account_id, new.cause, tx.now()).await?;
    if let Some(notification) = notifications::insert(tx, &new, group_key.as_deref()).await? {
        push::enqueue(tx, new.account_id, new.from_account_id, new.cause.kind(), notification).await?;
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
        return Ok(is_about_own(new.cause));
    }
    if let Cause::Mention(_) = new.cause
        && hidden::is_staff_over(tx, new.from_account_id, new.account_id, Permissions::MODERATING.bits()).await?
    {
        return Ok(true);
    }
    if hidden::is_silent(tx, new.account_id, new.from_account_id, new.cause.status()).await? {
        return Ok(false);
    }
    match new.cause {
        Cause::Mention(status) | Cause::Status(status) => Ok(!hidden::is_unwelcome_mention(tx, new.account_id, status).await?),
        Cause::Reblog { .. } | Cause::Favourite { .. } | Cause::Follow(_) | Cause::FollowRequest(_) | Cause::Poll { .. } | Cause::Update(_) => {
            Ok(true)
        }
    }
}

/// Whether the one who caused it is notified, too.
fn is_about_own(cause: Cause) -> bool {
    match cause {
        Cause::Poll { .. } => true,
        Cause::Mention(_)
        | Cause::Status(_)
        | Cause::Reblog { .. }
        | Cause::Favourite { .. }
        | Cause::Follow(_)
        | Cause::FollowRequest(_)
        | Cause::Update(_) => false,
    }
}

/// The group that a notification made now belongs to: the newest of its kind and status that is not
/// too old, else a new one. `None`: it stands alone.
async fn group_key(r: &Reader, account: AccountId, cause: Cause, now_ms: i64) -> Result<Option<String>> {
    let kind = cause.kind();
    let prefix = match cause.status().filter(|_| groups::is_grouped(kind)) {
        Some(status) => format!("{}-{status}", kind.word()),
        None if groups::is_grouped(kind) => kind.word().to_owned(),
        None => return Ok(None),
    };
    // Hours since 1970 have six digits until 2084, so that the order of texts is that of numbers.
    let hour = now_ms.div_euclid(HOUR_MS);
    let (first, last) = (format!("{prefix}-{}", hour - SPAN_HOURS + 1), format!("{prefix}-{hour}"));
    Ok(Some(groups::greatest_key(r, account, &first, &last).await?.unwrap_or(last)))
}
