//! RemoveReblogs: takes reblogs away whose original is gone, from their feeds and streams too.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{AccountId, FollowId, StatusId};

use super::{Job, Outcome, RemoveStatus, enqueue};
use crate::bus::{self, Event};
use crate::{App, Result};

#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveReblogs {
    /// Reblogs, hidden already, and who made them.
    pub reblogs: Vec<(StatusId, AccountId)>,
}

impl RemoveReblogs {
    /// Reblogs in one job.
    pub const BATCH: usize = 200;
}

impl Job for RemoveReblogs {
    const KIND: &'static str = "remove_reblogs";
    const LANE: Lane = Lane::Interactive;

    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            for (status, author) in self.reblogs {
                bus::publish(&tx, &Event::Deleted { status, accounts: vec![author], lists: Vec::new() });
                enqueue(&tx, &RemoveStatus { status, author, after: FollowId(0) }).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}
