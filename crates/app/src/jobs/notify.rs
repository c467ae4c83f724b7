//! Notify: tells a local account what another one did.

use store::notifications::NewNotification;
use store::{FollowId, FollowRequestId, StatusId, Tx, favourites, follow_requests, follows, statuses};

use super::job::Job;
use crate::effects::notify;
use crate::queue::{Notify, Outcome};
use crate::{App, Result};

impl Job for Notify {
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
                notify::notify(
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

/// The notifications that exist so far.
const KINDS: &[&str] = &["mention", "status", "reblog", "favourite", "follow", "follow_request", "poll", "update"];
