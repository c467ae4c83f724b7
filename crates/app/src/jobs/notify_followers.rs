//! NotifyFollowers: tells of a new status those followers who asked for it, a batch a transaction.

use store::follows;
use store::notifications::{Cause, NewNotification};

use super::job::Job;
use crate::queue::{Notify, NotifyFollowers, Outcome, enqueue};
use crate::{App, Result};

/// Followers in one transaction.
const BATCH: i64 = 200;

impl Job for NotifyFollowers {
    async fn run(self, app: &App) -> Result<Outcome> {
        let active_since = app.active_since();
        app.write(move |tx| async move {
            let followers = follows::list_listeners(&tx, self.status, active_since, self.after, BATCH).await?;
            for follower in &followers {
                let new = NewNotification { account_id: *follower, from_account_id: self.author, cause: Cause::Status(self.status) };
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
