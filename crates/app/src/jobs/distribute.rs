//! Distribute, DistributeTallies, DistributeProfile: what happens here is handed out to other servers.

use super::job::Job;
use crate::federation::outgoing;
use crate::queue::{Distribute, DistributeProfile, DistributeTallies, Outcome};
use crate::{App, Result};

impl Job for Distribute {
    async fn run(self, app: &App) -> Result<Outcome> {
        outgoing::reach::hand_out(app, self).await?;
        Ok(Outcome::Done)
    }
}

impl Job for DistributeTallies {
    async fn run(self, app: &App) -> Result<Outcome> {
        let urls = app.urls().clone();
        app.write(move |tx| async move {
            outgoing::update::tallies(&tx, &urls, self.status).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}

impl Job for DistributeProfile {
    async fn run(self, app: &App) -> Result<Outcome> {
        let context = app.context().clone();
        app.write(move |tx| async move {
            outgoing::update::profile(&tx, &context, self.account).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}
