//! AskForActivity: does what an activity says for which another server must be asked. A slow server holds up such jobs,
//! and not the follows, posts and marks of all others.

use super::job::Job;
use super::receive_activity::perform;
use crate::queue::{AskForActivity, Outcome};
use crate::{App, Result};

impl Job for AskForActivity {
    async fn run(self, app: &App) -> Result<Outcome> {
        perform(app, self.0).await
    }
}
