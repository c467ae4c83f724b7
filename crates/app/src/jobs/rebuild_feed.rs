//! RebuildFeed: fills the home feed of somebody who was away, then those of their lists; so many
//! followed accounts a transaction.

use serde::{Deserialize, Serialize};
use store::feeds::{self, fill};
use store::jobs::Lane;
use store::{AccountId, ListId, lists};

use super::{Job, Outcome, enqueue};
use crate::{App, Result};

/// Followed accounts looked at in one transaction.
const AUTHORS: i64 = 50;
/// Entries a rebuilt feed begins with.
const ENTRIES: i64 = 400;

#[derive(Debug, Serialize, Deserialize)]
pub struct RebuildFeed {
    pub account: AccountId,
    /// `None` while the home feed is filled, then the list that is.
    pub list: Option<ListId>,
    /// Authors up to this id are done.
    pub after: AccountId,
}

impl RebuildFeed {
    /// The whole of it.
    pub fn of(account: AccountId) -> RebuildFeed {
        RebuildFeed { account, list: None, after: AccountId(0) }
    }
}

impl Job for RebuildFeed {
    const KIND: &'static str = "rebuild_feed";
    const LANE: Lane = Lane::Interactive;

    /// One for each account at a time.
    fn unique_key(&self) -> Option<String> {
        Some(self.account.to_string())
    }

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
