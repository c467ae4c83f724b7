//! BuildSearchIndex: writes all search rows anew, accounts first, then statuses from the newest to the
//! oldest, a batch a transaction. It goes on where it was, whatever happens to the process.

use store::search::{accounts, statuses};

use super::job::Job;
use crate::effects::index;
use crate::queue::{BuildSearchIndex, Outcome, enqueue};
use crate::search::build;
use crate::{App, Result};

/// Rows in one transaction.
const BATCH: i64 = 100;

impl Job for BuildSearchIndex {
    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            let mut progress = build::progress(&tx).await?;
            if progress.begun_at != self.begun_at {
                return Ok(Outcome::Discard("a later building has begun".into()));
            }
            let mut next = BuildSearchIndex { ..self };
            let mut written = 0;
            for account in accounts::list_after(&tx, self.accounts_after, BATCH).await? {
                index::index_account(&tx, account).await?;
                next.accounts_after = account;
                written += 1;
            }
            progress.accounts += written;
            if written == 0 {
                for status in statuses::list_before(&tx, self.statuses_before, BATCH).await? {
                    index::index(&tx, status).await?;
                    next.statuses_before = status;
                    written += 1;
                }
                progress.statuses += written;
            }
            progress.done = written == 0;
            build::set_progress(&tx, &progress).await?;
            if !progress.done {
                enqueue(&tx, &next).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
