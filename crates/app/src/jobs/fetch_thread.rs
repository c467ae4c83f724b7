//! FetchThread: what a status answers is asked for, and what that answers, up to the beginning of the thread.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::stats::{self, StatusDelta};
use store::{StatusId, remote_statuses, statuses};

use super::{Job, Outcome};
use crate::federation::fetch::Failure;
use crate::federation::note;
use crate::federation::resolve::Budget;
use crate::{App, Result};

/// Documents fetched for one step: the status, its author, people it names.
const FETCHES_MAX: usize = 20;

#[derive(Debug, Serialize, Deserialize)]
pub struct FetchThread {
    /// What answers.
    pub status: StatusId,
    /// The address of what it answers.
    pub parent: String,
    /// How many answers above the one that came in the parent is.
    pub depth: usize,
}

impl Job for FetchThread {
    const KIND: &'static str = "fetch_thread";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 4;

    async fn run(self, app: &App) -> Result<Outcome> {
        let parent = match note::resolve_at(app, &self.parent, self.depth, &Budget::by_the_way(FETCHES_MAX)).await {
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
