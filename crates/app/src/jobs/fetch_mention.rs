//! FetchMention: somebody whom a status names, and who is not known, or whose server did not answer, is asked for.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{StatusId, statuses};

use super::{Job, Outcome};
use crate::federation::note;
use crate::federation::resolve::Budget;
use crate::{App, Result};

/// Documents fetched: the actor, its handle, its keys.
const FETCHES_MAX: usize = 10;

#[derive(Debug, Serialize, Deserialize)]
pub struct FetchMention {
    pub status: StatusId,
    /// The address that names them, or `acct:` and their handle.
    pub actor: String,
}

impl FetchMention {
    /// Before it is tried again.
    pub const PAUSE_MS: i64 = 30_000;
}

impl Job for FetchMention {
    const KIND: &'static str = "fetch_mention";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 6;

    async fn run(self, app: &App) -> Result<Outcome> {
        let account = match note::person(app, &self.actor, &Budget::by_the_way(FETCHES_MAX)).await {
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
