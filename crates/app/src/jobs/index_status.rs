//! IndexStatus: writes the search row of a status with many readers anew.

use super::job::Job;
use crate::effects::index;
use crate::queue::{IndexStatus, Outcome};
use crate::{App, Result};

impl Job for IndexStatus {
    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            index::index(&tx, self.status).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}
