//! ClearNotifications: takes away the notifications of somebody who was blocked or muted.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{AccountId, hidden, removal};

use super::{Job, Outcome, enqueue};
use crate::{App, Result};

/// Notifications in one transaction.
const BATCH: i64 = 500;

#[derive(Debug, Serialize, Deserialize)]
pub struct ClearNotifications {
    pub account: AccountId,
    pub from: AccountId,
}

impl Job for ClearNotifications {
    const KIND: &'static str = "clear_notifications";
    const LANE: Lane = Lane::Interactive;

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", self.account, self.from))
    }

    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            let is_over = !hidden::is_silent(&tx, self.account, self.from, None).await?;
            if !is_over && removal::clear_notifications(&tx, self.account, self.from, BATCH).await? == BATCH {
                enqueue(&tx, &self).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
