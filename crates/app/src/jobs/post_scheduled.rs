//! PostScheduled: posts a status whose time has come.

use serde::{Deserialize, Serialize};
use store::ScheduledStatusId;
use store::jobs::Lane;

use super::{Job, Outcome};
use crate::statuses::schedule::{self, Due};
use crate::{App, Error, Result};

#[derive(Debug, Serialize, Deserialize)]
pub struct PostScheduled {
    pub scheduled: ScheduledStatusId,
}

impl Job for PostScheduled {
    const KIND: &'static str = "post_scheduled";
    const LANE: Lane = Lane::Interactive;

    /// What can no longer be posted stays among the scheduled, where its author finds it.
    async fn run(self, app: &App) -> Result<Outcome> {
        match schedule::post_due(app, self.scheduled).await {
            Ok(Due::Posted | Due::Gone | Due::Later) => Ok(Outcome::Done),
            Err(error @ (Error::Invalid(_) | Error::NotFound(_) | Error::Refused(_))) => Ok(Outcome::Discard(error.to_string())),
            Err(error) => Err(error),
        }
    }
}
