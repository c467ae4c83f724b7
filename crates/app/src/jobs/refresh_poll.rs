//! RefreshPoll: the counts of another server's poll are asked for, since somebody looks at it.

use store::remote_statuses;

use super::job::Job;
use crate::federation::budget::Budget;
use crate::federation::statuses as statuses_of_others;
use crate::queue::{Outcome, RefreshPoll};
use crate::{App, Result};

/// Documents fetched.
const FETCHES_MAX: usize = 5;

impl Job for RefreshPoll {
    async fn run(self, app: &App) -> Result<Outcome> {
        let poll = self.poll;
        let Some(asked) = app.read(move |r| async move { Ok(remote_statuses::find_poll(&r, poll).await?) }).await? else {
            return Ok(Outcome::Done);
        };
        match statuses_of_others::refresh(app, asked.status_id, &Budget::new(FETCHES_MAX)).await {
            Ok(()) => Ok(Outcome::Done),
            Err(failure) => Ok(super::fetch_thread::outcome(failure)),
        }
    }
}
