//! IndexAccount: writes the search rows of an account's statuses anew, after it changed whether they
//! may be searched.

use store::search::statuses;

use super::job::Job;
use crate::effects::index;
use crate::queue::{IndexAccount, Outcome, enqueue};
use crate::{App, Result};

/// Statuses in one transaction.
const BATCH: i64 = 100;

impl Job for IndexAccount {
    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            let statuses = statuses::list_of_account_before(&tx, self.account, self.before, BATCH).await?;
            for status in &statuses {
                index::index(&tx, *status).await?;
            }
            if statuses.len() as i64 == BATCH
                && let Some(last) = statuses.last()
            {
                enqueue(&tx, &IndexAccount { account: self.account, before: *last }).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
