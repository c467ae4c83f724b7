//! NotifyFollowers: tells of a new status those followers who asked for it, a batch a transaction.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::notifications::NewNotification;
use store::statuses::NewStatus;
use store::{AccountId, StatusId, Tx, follows};

use super::{Job, Notify, Outcome, enqueue};
use crate::{App, Result};

/// Followers in one transaction.
const BATCH: i64 = 200;

#[derive(Debug, Serialize, Deserialize)]
pub struct NotifyFollowers {
    pub status: StatusId,
    pub author: AccountId,
    /// Followers up to this id have been told.
    pub after: AccountId,
}

/// Has followers told of a status that answers nobody but its author.
pub(crate) async fn tell(tx: &Tx, status: &NewStatus) -> Result<()> {
    let author = status.account_id;
    if status.in_reply_to.is_none_or(|(_, to)| to == author) && follows::has_listeners(tx, author).await? {
        enqueue(tx, &NotifyFollowers { status: status.id, author, after: AccountId(0) }).await?;
    }
    Ok(())
}

impl Job for NotifyFollowers {
    const KIND: &'static str = "notify_followers";
    const LANE: Lane = Lane::Interactive;

    async fn run(self, app: &App) -> Result<Outcome> {
        let active_since = app.active_since();
        app.write(move |tx| async move {
            let followers = follows::list_listeners(&tx, self.status, active_since, self.after, BATCH).await?;
            for follower in &followers {
                let new = NewNotification {
                    account_id: *follower,
                    from_account_id: self.author,
                    kind: "status",
                    status_id: Some(self.status),
                    activity_id: self.status.0,
                    group_key: None,
                };
                enqueue(&tx, &Notify::from(new)).await?;
            }
            if followers.len() as i64 == BATCH
                && let Some(after) = followers.last()
            {
                enqueue(&tx, &NotifyFollowers { after: *after, ..self }).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
