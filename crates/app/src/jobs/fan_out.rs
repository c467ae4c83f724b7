//! Fan-out: a status into the feeds of many readers, a batch a transaction.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{AccountId, StatusId, feeds};

use super::{Job, Outcome, enqueue};
use crate::bus::{self, Event};
use crate::timelines::deliver::{Stage, step};
use crate::{App, Result};

/// Readers in one transaction.
const BATCH: i64 = 1000;

#[derive(Debug, Serialize, Deserialize)]
pub struct FanOut {
    pub status: StatusId,
    #[serde(default)]
    pub stage: Stage,
    /// Readers (lists, in their stage) up to this id have it already.
    pub after: AccountId,
}

impl Job for FanOut {
    const KIND: &'static str = "fan_out";
    const LANE: Lane = Lane::Interactive;

    async fn run(self, app: &App) -> Result<Outcome> {
        let active_since = app.active_since();
        app.write(move |tx| async move {
            let Some(entry) = feeds::find_entry(&tx, self.status).await? else { return Ok(Outcome::Done) };
            let (next, accounts) = step(&tx, &entry, active_since, self.stage, self.after.0, BATCH).await?;
            if let Some(after) = next {
                enqueue(&tx, &FanOut { after: AccountId(after), ..self }).await?;
            }
            if !accounts.is_empty() {
                bus::publish(&tx, &Event::Feed { status: entry.status_id, accounts });
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
