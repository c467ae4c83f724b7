//! FetchThread: what a status answers is asked for, and what that answers, up to the beginning of the thread.

use store::stats::{self, StatusDelta};
use store::{remote_statuses, statuses};

use super::job::Job;
use crate::federation::budget::Budget;
use crate::federation::fetch::Failure;
use crate::federation::statuses as statuses_of_others;
use crate::queue::{FetchThread, Outcome};
use crate::{App, Result};

/// Documents fetched for one step: the status, its author, people it names.
const FETCHES_MAX: usize = 20;

impl Job for FetchThread {
    async fn run(self, app: &App) -> Result<Outcome> {
        let parent = match statuses_of_others::resolve_at(app, &self.parent, self.depth, &Budget::by_the_way(FETCHES_MAX)).await {
            Ok(parent) => parent,
            Err(failure) => return Ok(outcome(failure)),
        };
        app.write(move |tx| async move {
            let Some(status) = statuses::find(&tx, self.status).await? else { return Ok(Outcome::Done) };
            let Some(parent) = statuses::find(&tx, parent).await?.filter(|parent| parent.reblog_of_id.is_none()) else { return Ok(Outcome::Done) };
            if remote_statuses::set_parent(&tx, status.id, parent.id, parent.account_id).await? && status.visibility().counts_as_reply() {
                stats::add_to_statuses(&tx, vec![(parent.id, StatusDelta { replies: 1, ..Default::default() })]).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}

/// What a job does that could not fetch something.
pub(super) fn outcome(failure: Failure) -> Outcome {
    match failure {
        Failure::Unreachable(reason) | Failure::Internal(reason) => Outcome::Retry(reason),
        Failure::Unwell(_) => Outcome::Retry(failure.to_string()),
        Failure::Gone | Failure::Missing(_) | Failure::Refused(_) | Failure::Budget => Outcome::Discard(failure.to_string()),
    }
}
