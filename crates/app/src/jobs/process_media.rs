//! ProcessMedia: makes an upload ready to be shown.

use super::job::Job;
use crate::media::process::process;
use crate::queue::{Outcome, ProcessMedia};
use crate::{App, Result};

impl Job for ProcessMedia {
    async fn run(self, app: &App) -> Result<Outcome> {
        process(app, self.media).await
    }
}
