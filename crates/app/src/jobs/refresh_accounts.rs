//! RefreshAccounts: has all accounts of a server asked for again, or all of every server.

use store::remote_accounts;

use super::job::Job;
use crate::queue::{Outcome, RefreshAccount, RefreshAccounts, enqueue, enqueue_in};
use crate::{App, Result};

/// Accounts in one transaction, and the pause before the next: other servers are not to be overrun.
const BATCH: i64 = 100;
const PAUSE_MS: i64 = 5_000;

impl Job for RefreshAccounts {
    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            let accounts = match &self.domain {
                Some(domain) => remote_accounts::list_of_domain(&tx, domain, self.after, BATCH).await?,
                None => remote_accounts::list_all(&tx, self.after, BATCH).await?,
            };
            for account in &accounts {
                enqueue(&tx, &RefreshAccount { account: *account }).await?;
            }
            if let Some(last) = accounts.last().filter(|_| accounts.len() as i64 == BATCH) {
                enqueue_in(&tx, &RefreshAccounts { domain: self.domain, after: *last }, PAUSE_MS).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
