//! RemoveStatus: removes what hung on a deleted status, then its row.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{StatusId, media, statuses};

use super::{Job, Outcome};
use crate::{App, Result};

#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveStatus {
    pub status: StatusId,
}

impl Job for RemoveStatus {
    const KIND: &'static str = "remove_status";
    const LANE: Lane = Lane::Interactive;

    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            // Attachments that were not to be kept are loose now; they expire.
            media::detach(&tx, &[self.status]).await?;
            statuses::purge(&tx, &[self.status]).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}
