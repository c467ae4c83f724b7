//! Notify: tells a local account what another one did.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::notifications::{self, NewNotification};
use store::{AccountId, FollowId, FollowRequestId, StatusId, Tx, accounts, favourites, follow_requests, follows, hidden, statuses};

use super::{Job, Outcome};
use crate::bus::{self, Event};
use crate::notifications::groups;
use crate::{App, Result, push};

#[derive(Debug, Serialize, Deserialize)]
pub struct Notify {
    account: AccountId,
    from: AccountId,
    kind: String,
    status: Option<StatusId>,
    activity: i64,
}

impl From<NewNotification> for Notify {
    fn from(new: NewNotification) -> Self {
        Notify { account: new.account_id, from: new.from_account_id, kind: new.kind.to_owned(), status: new.status_id, activity: new.activity_id }
    }
}

impl Job for Notify {
    const KIND: &'static str = "notify";
    const LANE: Lane = Lane::Interactive;

    async fn run(self, app: &App) -> Result<Outcome> {
        let Some(kind) = KINDS.iter().copied().find(|kind| *kind == self.kind) else {
            return Ok(Outcome::Discard(format!("no notification is called {}", self.kind)));
        };
        app.write(move |tx| async move {
            if let Some(status) = self.status
                && statuses::find(&tx, status).await?.is_none()
            {
                return Ok(Outcome::Done);
            }
            if self.still_holds(&tx).await? {
                let Notify { account, from, status, activity, .. } = self;
                tell(
                    &tx,
                    NewNotification { account_id: account, from_account_id: from, kind, status_id: status, activity_id: activity, group_key: None },
                )
                .await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}

/// Tells a local account what another one did just now, in the transaction that does it, unless it does not want to
/// hear of it. What concerns many is told by jobs.
pub(crate) async fn tell(tx: &Tx, new: NewNotification) -> Result<()> {
    if accounts::find(tx, new.from_account_id).await?.is_none_or(|from| from.suspended_at.is_some()) || !is_wanted(tx, &new).await? {
        return Ok(());
    }
    if new.kind == "update" {
        // The newest edit counts.
        notifications::retract(tx, new.from_account_id, new.kind, new.activity_id, new.account_id).await?;
    }
    let group_key = groups::key(tx, new.account_id, new.kind, new.status_id, tx.now()).await?;
    let new = NewNotification { group_key, ..new };
    if let Some(notification) = notifications::insert(tx, &new).await? {
        push::tell(tx, new.account_id, new.from_account_id, new.kind, notification).await?;
        bus::publish(tx, &Event::Notification { account: new.account_id, notification });
    }
    Ok(())
}

impl Notify {
    /// Whether what it tells of has not been taken back meanwhile.
    async fn still_holds(&self, tx: &Tx) -> Result<bool> {
        Ok(match (self.kind.as_str(), self.status) {
            ("favourite", Some(status)) => favourites::find_reaction(tx, self.from, status).await?.is_some(),
            ("reblog", _) => statuses::find(tx, StatusId(self.activity)).await?.is_some(),
            ("follow_request", _) => follow_requests::find_id(tx, self.from, self.account).await? == Some(FollowRequestId(self.activity)),
            ("follow", _) => follows::find_id(tx, self.from, self.account).await? == Some(FollowId(self.activity)),
            _ => true,
        })
    }
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

/// Kinds that tell of something of one's own.
const ABOUT_OWN: &[&str] = &["poll"];

/// The notifications that exist so far.
const KINDS: &[&str] = &["mention", "status", "reblog", "favourite", "follow", "follow_request", "poll", "update"];
