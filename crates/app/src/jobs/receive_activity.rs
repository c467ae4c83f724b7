//! ReceiveActivity: does what an activity says that the inbox has verified and recorded. If another server must be asked
//! for it, AskForActivity does.

use store::{accounts, remote_accounts};

use super::job::Job;
use crate::federation::budget::Budget;
use crate::federation::incoming::{self, Inbound, Verdict};
use crate::federation::resolve;
use crate::queue::{AskForActivity, Outcome, ReceiveActivity, RefreshAccount};
use crate::{App, Result, queue};

impl Job for ReceiveActivity {
    async fn run(self, app: &App) -> Result<Outcome> {
        if incoming::asks_others(app, &self.activity).await? {
            app.write(move |tx| async move { queue::enqueue(&tx, &AskForActivity(self)).await }).await?;
            return Ok(Outcome::Done);
        }
        perform(app, self).await
    }
}

pub(super) async fn perform(app: &App, job: ReceiveActivity) -> Result<Outcome> {
    let sender = job.actor;
    let found = app.read(move |r| async move { Ok(accounts::find(&r, sender).await?.zip(remote_accounts::find(&r, sender).await?)) }).await?;
    let Some((actor, known)) = found else { return Ok(Outcome::Discard("its actor is gone".into())) };
    if actor.suspended_at.is_none() && resolve::is_stale(app, &known) {
        app.write(move |tx| async move { queue::enqueue(&tx, &RefreshAccount { account: sender }).await }).await?;
    }
    let inbound = Inbound { activity: job.activity, actor, to: job.to, budget: Budget::default() };
    match incoming::receive(app, inbound).await? {
        Verdict::Done => Ok(Outcome::Done),
        Verdict::Dropped(reason) => Ok(Outcome::Discard(reason.into())),
        Verdict::Later(reason) => Ok(Outcome::Retry(reason)),
    }
}
