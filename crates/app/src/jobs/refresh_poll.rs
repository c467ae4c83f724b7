//! RefreshPoll: the counts of another server's poll are asked for, since somebody looks at it.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{PollId, Tx, remote_statuses};

use super::{Job, Outcome, enqueue};
use crate::federation::note;
use crate::federation::resolve::Budget;
use crate::{App, Result};

/// Counts are not asked for again so soon.
const FRESH_MS: i64 = 3 * 60 * 1000;
/// Documents fetched.
const FETCHES_MAX: usize = 5;

#[derive(Debug, Serialize, Deserialize)]
pub struct RefreshPoll {
    pub poll: PollId,
}

/// Has the counts asked for, if they may be old: not of a poll whose counts were asked for after its end.
pub(crate) async fn if_old(tx: &Tx, poll: PollId) -> Result<()> {
    let Some(asked) = remote_statuses::find_poll(tx, poll).await? else { return Ok(()) };
    let last = asked.last_fetched_at.unwrap_or_default();
    if tx.now() - last >= FRESH_MS && asked.expires_at.is_none_or(|end| last < end) {
        remote_statuses::touch_poll(tx, poll).await?;
        enqueue(tx, &RefreshPoll { poll }).await?;
    }
    Ok(())
}

impl Job for RefreshPoll {
    const KIND: &'static str = "refresh_poll";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 2;

    fn unique_key(&self) -> Option<String> {
        Some(self.poll.to_string())
    }

    async fn run(self, app: &App) -> Result<Outcome> {
        let poll = self.poll;
        let Some(asked) = app.read(move |r| async move { Ok(remote_statuses::find_poll(&r, poll).await?) }).await? else {
            return Ok(Outcome::Done);
        };
        match note::refresh(app, asked.status_id, &Budget::new(FETCHES_MAX)).await {
            Ok(()) => Ok(Outcome::Done),
            Err(failure) => Ok(super::fetch_thread::outcome(failure)),
        }
    }
}
