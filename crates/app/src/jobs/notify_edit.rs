//! NotifyEdit: tells those who passed a status on that it has been edited.

use store::notifications::{Cause, NewNotification};
use store::statuses;

use super::job::Job;
use crate::queue::{Notify, NotifyEdit, Outcome, enqueue};
use crate::{App, Result};

/// Accounts told in one transaction.
const BATCH: i64 = 500;

impl Job for NotifyEdit {
    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            let Some(status) = statuses::find(&tx, self.status).await? else { return Ok(Outcome::Done) };
            let fans = statuses::list_local_rebloggers(&tx, status.id, self.after, BATCH).await?;
            for account in fans.iter().filter(|account| **account != status.account_id) {
                let new = NewNotification { account_id: *account, from_account_id: status.account_id, cause: Cause::Update(status.id) };
                enqueue(&tx, &Notify::from(new)).await?;
            }
            if fans.len() as i64 == BATCH
                && let Some(after) = fans.last()
            {
                enqueue(&tx, &NotifyEdit { status: status.id, after: *after }).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
