//! ClosePoll: tells its author and the local voters that a poll has ended.

use store::notifications::{Cause, NewNotification};
use store::{AccountId, accounts, polls, statuses};

use super::job::Job;
use crate::federation::outgoing;
use crate::queue::{ClosePoll, Notify, Outcome, enqueue};
use crate::{App, Result};

/// Voters told in one transaction.
const BATCH: i64 = 500;

impl Job for ClosePoll {
    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            // An edit that moved the end has enqueued another job for it.
            let Some(poll) = polls::find(&tx, self.poll).await?.filter(|poll| poll.expired(tx.now())) else { return Ok(Outcome::Done) };
            if statuses::find(&tx, poll.status_id).await?.is_none() {
                return Ok(Outcome::Done);
            }
            let mut told = Vec::new();
            if self.after == AccountId(0) && accounts::find(&tx, poll.account_id).await?.is_some_and(|author| author.is_local()) {
                told.push(poll.account_id);
                outgoing::update::last_tallies(&tx, poll.status_id).await?;
            }
            let voters = polls::list_local_voters(&tx, poll.id, self.after, BATCH).await?;
            told.extend(&voters);
            for account in told {
                let new = NewNotification {
                    account_id: account,
                    from_account_id: poll.account_id,
                    cause: Cause::Poll { status: poll.status_id, poll: poll.id },
                };
                enqueue(&tx, &Notify::from(new)).await?;
            }
            if voters.len() as i64 == BATCH
                && let Some(after) = voters.last()
            {
                enqueue(&tx, &ClosePoll { poll: poll.id, after: *after }).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
