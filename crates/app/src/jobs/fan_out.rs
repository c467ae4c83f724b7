//! Fan-out: a status into the feeds of many readers, a batch a transaction.

use store::{AccountId, feeds};

use super::job::Job;
use crate::bus::{self, Event};
use crate::effects::feeds::step;
use crate::queue::{FanOut, Outcome, enqueue};
use crate::{App, Result};

/// Readers in one transaction.
const BATCH: i64 = 1000;

impl Job for FanOut {
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
