//! IndexAccount: writes the search rows of an account's statuses anew, after it changed whether they
//! may be searched.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::search::statuses;
use store::{AccountId, StatusId};

use super::{Job, Outcome, enqueue};
use crate::search::index;
use crate::{App, Result};

/// Statuses in one transaction.
const BATCH: i64 = 100;

#[derive(Debug, Serialize, Deserialize)]
pub struct IndexAccount {
    pub account: AccountId,
    /// Those from this id on are done.
    pub before: StatusId,
}

impl Job for IndexAccount {
    const KIND: &'static str = "index_account";
    const LANE: Lane = Lane::Bulk;

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
