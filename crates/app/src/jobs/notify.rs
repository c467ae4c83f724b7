//! Notify: tells a local account what another one did.

use store::notifications::{Cause, NewNotification};
use store::{Tx, favourites, follow_requests, follows, statuses};

use super::job::Job;
use crate::effects::notify;
use crate::queue::{Notify, Outcome};
use crate::{App, Result};

impl Job for Notify {
    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            let Notify { account: account_id, from: from_account_id, cause } = self;
            if let Some(status) = cause.status()
                && statuses::find(&tx, status).await?.is_none()
            {
                return Ok(Outcome::Done);
            }
            if self.still_holds(&tx).await? {
                notify::notify(&tx, NewNotification { account_id, from_account_id, cause }).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}

impl Notify {
    /// Whether what it tells of has not been taken back meanwhile.
    async fn still_holds(&self, tx: &Tx) -> Result<bool> {
        Ok(match self.cause {
            Cause::Favourite { status, .. } => favourites::find_reaction(tx, self.from, status).await?.is_some(),
            Cause::Reblog { reblog, .. } => statuses::find(tx, reblog).await?.is_some(),
            Cause::FollowRequest(request) => follow_requests::find_id(tx, self.from, self.account).await? == Some(request),
            Cause::Follow(follow) => follows::find_id(tx, self.from, self.account).await? == Some(follow),
            // They go with their status.
            Cause::Mention(_) | Cause::Status(_) | Cause::Poll { .. } | Cause::Update(_) => true,
        })
    }
}
