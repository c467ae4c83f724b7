//! ReceiveActivity: does what an activity says that the inbox has verified and recorded. If another server must be asked
//! for it, AskForActivity does.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::jobs::Lane;
use store::{AccountId, accounts};

use super::{AskForActivity, Job, Outcome};
use crate::federation::activities::{self, Inbound, Verdict};
use crate::federation::resolve::Budget;
use crate::{App, Result};

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
    let Some(actor) = app.read(move |r| async move { Ok(accounts::find(&r, sender).await?) }).await? else {
        return Ok(Outcome::Discard("its actor is gone".into()));
    };
    let inbound = Inbound { activity: job.activity, actor, to: job.to, budget: Budget::default() };
    match activities::receive(app, inbound).await? {
        Verdict::Done => Ok(Outcome::Done),
        Verdict::Dropped(reason) => Ok(Outcome::Discard(reason.into())),
        Verdict::Later(reason) => Ok(Outcome::Retry(reason)),
    }
}
