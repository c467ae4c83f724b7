//! PostScheduled: posts a status whose time has come.

use super::job::Job;
use crate::queue::{Outcome, PostScheduled};
use crate::statuses::post_due::{Due, post_due};
use crate::{App, Error, Result};

impl Job for PostScheduled {
    /// What can no longer be posted stays among the scheduled, where its author finds it.
    async fn run(self, app: &App) -> Result<Outcome> {
        match post_due(app, self.scheduled).await {
            Ok(Due::Posted | Due::Gone | Due::Later) => Ok(Outcome::Done),
            Err(error @ (Error::Invalid(_) | Error::NotFound(_) | Error::Refused(_))) => Ok(Outcome::Discard(error.to_string())),
            Err(error) => Err(error),
        }
    }
}
