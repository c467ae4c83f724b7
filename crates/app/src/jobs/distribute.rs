//! Distribute, DistributeTallies, DistributeProfile: what happens here is handed out to other servers.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{AccountId, DeliveryBodyId, StatusId};

use super::{Job, Outcome};
use crate::federation::audience::{self, Progress, Reach};
use crate::{App, Result};

/// Goes on with handing out an activity that reaches many.
#[derive(Debug, Serialize, Deserialize)]
pub struct Distribute {
    pub body: DeliveryBodyId,
    pub reach: Reach,
    pub progress: Progress,
    /// The account that is removed when it has been handed out.
    pub then_remove: Option<AccountId>,
}

impl Job for Distribute {
    const KIND: &'static str = "distribute";
    const LANE: Lane = Lane::Deliver;

    async fn run(self, app: &App) -> Result<Outcome> {
        audience::hand_out(app, self).await?;
        Ok(Outcome::Done)
    }
}

/// Sends the tallies of a poll, as they are then.
#[derive(Debug, Serialize, Deserialize)]
pub struct DistributeTallies {
    pub status: StatusId,
    /// The poll has ended.
    pub last: bool,
}

impl Job for DistributeTallies {
    const KIND: &'static str = "distribute_tallies";
    const LANE: Lane = Lane::Deliver;

    /// Votes are gathered.
    fn unique_key(&self) -> Option<String> {
        (!self.last).then(|| self.status.to_string())
    }

    async fn run(self, app: &App) -> Result<Outcome> {
        let urls = app.urls().clone();
        app.write(move |tx| async move {
            audience::send_tallies(&tx, &urls, self.status).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}

/// Sends a changed profile, as it is then.
#[derive(Debug, Serialize, Deserialize)]
pub struct DistributeProfile {
    pub account: AccountId,
}

impl Job for DistributeProfile {
    const KIND: &'static str = "distribute_profile";
    const LANE: Lane = Lane::Deliver;

    /// Changes are gathered.
    fn unique_key(&self) -> Option<String> {
        Some(self.account.to_string())
    }

    async fn run(self, app: &App) -> Result<Outcome> {
        let urls = app.urls().clone();
        app.write(move |tx| async move {
            audience::send_profile(&tx, &urls, self.account).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}
