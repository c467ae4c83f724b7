//! IndexStatus: writes the search row of a status with many readers anew.

use serde::{Deserialize, Serialize};
use store::StatusId;
use store::jobs::Lane;

use super::{Job, Outcome};
use crate::search::index;
use crate::{App, Result};

#[derive(Debug, Serialize, Deserialize)]
pub struct IndexStatus {
    pub status: StatusId,
}

impl Job for IndexStatus {
    const KIND: &'static str = "index_status";
    const LANE: Lane = Lane::Bulk;

    /// One for all acts of a while.
    fn unique_key(&self) -> Option<String> {
        Some(self.status.to_string())
    }

    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            index::index(&tx, self.status).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}
