//! ReceiveActivity: does what an activity says that the inbox has verified and recorded. If another server must be asked
//! for it, AskForActivity does.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::jobs::Lane;
use store::{AccountId, accounts, remote_accounts};

use super::{AskForActivity, Job, Outcome, RefreshAccount};
use crate::federation::activities::{self, Inbound, Verdict};
use crate::federation::resolve::{self, Budget};
use crate::{App, Result, jobs};

#[derive(Debug, Serialize, Deserialize)]
pub struct ReceiveActivity {
    /// Who sent it, verified.
    pub actor: AccountId,
    /// Whose inbox it came to; `None` for the shared one.
    pub to: Option<AccountId>,
    pub activity: Value,
}

impl Job for ReceiveActivity {
    const KIND: &'static str = "receive_activity";
    const LANE: Lane = Lane::Ingress;

    async fn run(self, app: &App) -> Result<Outcome> {
        if activities::asks_others(app, &self.activity).await? {
            app.write(move |tx| async move { super::enqueue(&tx, &AskForActivity(self)).await }).await?;
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
        app.write(move |tx| async move { jobs::enqueue(&tx, &RefreshAccount { account: sender }).await }).await?;
    }
    let inbound = Inbound { activity: job.activity, actor, to: job.to, budget: Budget::default() };
    match activities::receive(app, inbound).await? {
        Verdict::Done => Ok(Outcome::Done),
        Verdict::Dropped(reason) => Ok(Outcome::Discard(reason.into())),
        Verdict::Later(reason) => Ok(Outcome::Retry(reason)),
    }
}
