//! AskForActivity: does what an activity says for which another server must be asked. A slow server holds up such jobs,
//! and not the follows, posts and marks of all others.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;

use super::receive_activity::perform;
use super::{Job, Outcome, ReceiveActivity};
use crate::{App, Result};

#[derive(Debug, Serialize, Deserialize)]
pub struct AskForActivity(pub ReceiveActivity);

impl Job for AskForActivity {
    const KIND: &'static str = "ask_for_activity";
    const LANE: Lane = Lane::Fetch;

    async fn run(self, app: &App) -> Result<Outcome> {
        perform(app, self.0).await
    }
}
