//! FetchReplies: a few answers that a new status's own server names are asked for.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;

use super::{Job, Outcome};
use crate::federation::note;
use crate::federation::resolve::Budget;
use crate::{App, Result};

/// Documents fetched for all of them.
const FETCHES_MAX: usize = 20;

#[derive(Debug, Serialize, Deserialize)]
pub struct FetchReplies {
    /// At most `wire::activity::note::REPLIES_MAX`, all on one host.
    pub uris: Vec<String>,
}

impl Job for FetchReplies {
    const KIND: &'static str = "fetch_replies";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 2;

    async fn run(self, app: &App) -> Result<Outcome> {
        let (budget, mut failed) = (Budget::by_the_way(FETCHES_MAX), None);
        for uri in &self.uris {
            if let Err(failure) = note::resolve_at(app, uri, 1, &budget).await {
                failed = Some(super::fetch_thread::outcome(failure)).filter(|outcome| matches!(outcome, Outcome::Retry(_))).or(failed);
            }
        }
        Ok(failed.unwrap_or(Outcome::Done))
    }
}
