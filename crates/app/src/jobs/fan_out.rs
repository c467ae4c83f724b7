//! Fan-out: a status into the home feeds of many followers, a batch a transaction.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{AccountId, StatusId, feeds};

use super::{Job, Outcome, enqueue};
use crate::bus::{self, Event};
use crate::{App, Result};

/// Followers in one transaction.
const BATCH: i64 = 1000;

#[derive(Debug, Serialize, Deserialize)]
pub struct FanOut {
    pub status: StatusId,
    /// Followers up to this id have it already.
    pub after: AccountId,
}

impl Job for FanOut {
    const KIND: &'static str = "fan_out";
    const LANE: Lane = Lane::Interactive;

    async fn run(self, app: &App) -> Result<Outcome> {
        let active_since = app.active_since();
        app.write(move |tx| async move {
            let Some(entry) = feeds::find_entry(&tx, self.status).await? else { return Ok(Outcome::Done) };
            let (looked_at, accounts) = feeds::fan_out(&tx, &entry, active_since, self.after, BATCH).await?;
            if looked_at.len() as i64 == BATCH
                && let Some(after) = looked_at.last()
            {
                enqueue(&tx, &FanOut { status: self.status, after: *after }).await?;
            }
            if !accounts.is_empty() {
                bus::publish(&tx, &Event::Feed { status: self.status, accounts });
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
