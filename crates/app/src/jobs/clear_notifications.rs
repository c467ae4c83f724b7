//! ClearNotifications: takes away the notifications of somebody who was blocked or muted.

use store::{hidden, removal};

use super::job::Job;
use crate::queue::{ClearNotifications, Outcome, enqueue};
use crate::{App, Result};

/// Notifications in one transaction.
const BATCH: i64 = 500;

impl Job for ClearNotifications {
    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            let is_over = !hidden::is_silent(&tx, self.account, self.from, None).await?;
            if !is_over && removal::clear_notifications(&tx, self.account, self.from, BATCH).await? == BATCH {
                enqueue(&tx, &self).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
