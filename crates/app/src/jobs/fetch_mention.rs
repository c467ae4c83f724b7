//! FetchMention: somebody whom a status names, and who is not known, or whose server did not answer, is asked for.

use store::statuses;

use super::job::Job;
use crate::federation::budget::Budget;
use crate::federation::statuses as statuses_of_others;
use crate::queue::{FetchMention, Outcome};
use crate::{App, Result};

/// Documents fetched: the actor, its handle, its keys.
const FETCHES_MAX: usize = 10;

impl FetchMention {
    /// Before it is tried again.
    pub const PAUSE_MS: i64 = 30_000;
}

impl Job for FetchMention {
    async fn run(self, app: &App) -> Result<Outcome> {
        let account = match statuses_of_others::person(app, &self.actor, &Budget::by_the_way(FETCHES_MAX)).await {
            Ok(account) => account,
            Err(failure) => return Ok(super::fetch_thread::outcome(failure)),
        };
        app.write(move |tx| async move {
            if statuses::find(&tx, self.status).await?.is_some() {
                statuses::insert_mention(&tx, self.status, account, false).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
