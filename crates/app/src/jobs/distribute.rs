//! Distribute, DistributeStatus, DistributeProfile: what happens here is composed, and handed out to other servers.

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
        app.write(move |tx| async move {
            if self.then_remove.is_none() && !audience::is_kept(&tx, self.body).await? {
                return Ok(Outcome::Discard("the activity is not kept any more".into()));
            }
            audience::hand_out(&tx, self).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}

/// What has become of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    New,
    Edit,
    /// Somebody has voted.
    Tallies,
    /// The poll has ended.
    LastTallies,
}

/// Sends what has become of a status, as it is then.
#[derive(Debug, Serialize, Deserialize)]
pub struct DistributeStatus {
    pub status: StatusId,
    pub what: What,
}

impl Job for DistributeStatus {
    const KIND: &'static str = "distribute_status";
    const LANE: Lane = Lane::Deliver;

    /// Votes are gathered.
    fn unique_key(&self) -> Option<String> {
        (self.what == What::Tallies).then(|| self.status.to_string())
    }

    async fn run(self, app: &App) -> Result<Outcome> {
        let urls = app.urls().clone();
        app.write(move |tx| async move {
            audience::send_status(&tx, &urls, self.status, self.what).await?;
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
