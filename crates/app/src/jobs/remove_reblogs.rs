//! RemoveReblogs: takes reblogs away whose original is gone, from their feeds and streams too.

use store::FollowId;

use super::job::Job;
use crate::bus::{self, Event};
use crate::queue::{Outcome, RemoveReblogs, RemoveStatus, enqueue};
use crate::{App, Result};

impl RemoveReblogs {
    /// Reblogs in one job.
    pub const BATCH: usize = 200;
}

impl Job for RemoveReblogs {
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
