//! LeaveHost: ends what an account has to do with a host it blocks, a batch a transaction.

use std::collections::BTreeMap;

use store::stats::{self, AccountDelta};
use store::{AccountId, domain_blocks, removal};

use super::job::Job;
use crate::accounts::block::part;
use crate::queue::{LeaveHost, Outcome, enqueue};
use crate::{App, Result};

/// Accounts parted from in one transaction.
const BATCH: i64 = 50;
/// Notifications in one transaction.
const NOTIFICATIONS: i64 = 500;

impl Job for LeaveHost {
    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            if !domain_blocks::exists(&tx, self.account, &self.domain).await? {
                return Ok(Outcome::Done);
            }
            let tied = domain_blocks::list_tied(&tx, self.account, &self.domain, BATCH).await?;
            let mut deltas: BTreeMap<AccountId, AccountDelta> = BTreeMap::new();
            for other in &tied {
                let (mine, theirs) = part(&tx, self.account, *other).await?;
                let own = deltas.entry(self.account).or_default();
                (own.following, own.followers) = (own.following - mine, own.followers - theirs);
                deltas.insert(*other, AccountDelta { following: -theirs, followers: -mine, ..Default::default() });
            }
            removal::clear_feeds_of_host(&tx, self.account, &self.domain).await?;
            let cleared = removal::clear_notifications_of_host(&tx, self.account, &self.domain, NOTIFICATIONS).await?;
            if tied.len() as i64 == BATCH || cleared == NOTIFICATIONS {
                enqueue(&tx, &self).await?;
            }
            stats::add_to_accounts(&tx, deltas.into_iter().collect()).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}
