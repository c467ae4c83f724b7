//! RebuildFeed: fills the home feed of somebody who was away, then those of their lists; so many
//! followed accounts a transaction.

use store::feeds::{self, fill};
use store::{AccountId, lists};

use super::job::Job;
use crate::queue::{Outcome, RebuildFeed, enqueue};
use crate::{App, Result};

/// Followed accounts looked at in one transaction.
const AUTHORS: i64 = 50;
/// Entries a rebuilt feed begins with.
const ENTRIES: i64 = 400;

impl Job for RebuildFeed {
    async fn run(self, app: &App) -> Result<Outcome> {
        let (account, keep) = (self.account, app.options.limits.home_feed);
        let entries = ENTRIES.min(keep);
        app.write(move |tx| async move {
            let next = match self.list {
                None => fill::rebuild_home(&tx, account, self.after, AUTHORS, entries).await?,
                Some(list) => fill::rebuild_list(&tx, list, self.after, AUTHORS, entries).await?,
            };
            if let Some(after) = next {
                enqueue(&tx, &RebuildFeed { after, ..self }).await?;
                return Ok(Outcome::Done);
            }
            match self.list {
                None => {
                    fill::rebuild_own(&tx, account, entries).await?;
                    fill::show_once(&tx, account).await?;
                    feeds::trim(&tx, account, keep).await?;
                    feeds::finish_rebuild(&tx, account).await?;
                }
                Some(list) => {
                    fill::show_once_in_list(&tx, list).await?;
                    feeds::trim_list(&tx, list, keep).await?;
                }
            }
            if let Some(list) = lists::find_next(&tx, account, self.list.unwrap_or_default()).await? {
                enqueue(&tx, &RebuildFeed { account, list: Some(list), after: AccountId(0) }).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
