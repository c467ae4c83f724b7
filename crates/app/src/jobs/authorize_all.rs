//! AuthorizeAll: lets in everybody who waits to follow an account that is locked no longer.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{AccountId, FollowRequestId, accounts, follow_requests};

use super::{Job, Outcome, enqueue};
use crate::accounts::follow_requests::accept;
use crate::{App, Result};

/// Requests in one transaction; each fills a home feed.
const BATCH: i64 = 20;

#[derive(Debug, Serialize, Deserialize)]
pub struct AuthorizeAll {
    pub account: AccountId,
    /// Requests up to this id have been looked at.
    pub after: FollowRequestId,
}

impl Job for AuthorizeAll {
    const KIND: &'static str = "authorize_all";
    const LANE: Lane = Lane::Bulk;

    fn unique_key(&self) -> Option<String> {
        Some(self.account.to_string())
    }

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
