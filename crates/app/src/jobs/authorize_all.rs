//! AuthorizeAll: lets in everybody who waits to follow an account that is locked no longer.

use store::{accounts, follow_requests};

use super::job::Job;
use crate::accounts::follow_requests::accept;
use crate::queue::{AuthorizeAll, Outcome, enqueue};
use crate::{App, Result};

/// Requests in one transaction; each fills a home feed.
const BATCH: i64 = 20;

impl Job for AuthorizeAll {
    async fn run(self, app: &App) -> Result<Outcome> {
        let account = self.account;
        app.write(move |tx| async move {
            if accounts::find(&tx, account).await?.is_none_or(|a| a.locked || a.suspended_at.is_some()) {
                return Ok(Outcome::Done);
            }
            let waiting = follow_requests::list_waiting(&tx, account, self.after, BATCH).await?;
            for (_, from) in &waiting {
                accept(&tx, *from, account, false).await?;
            }
            if waiting.len() as i64 == BATCH
                && let Some((after, _)) = waiting.last()
            {
                enqueue(&tx, &AuthorizeAll { account, after: *after }).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
