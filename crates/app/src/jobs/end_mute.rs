//! EndMute: ends a mute when its time has run out.

use super::job::Job;
use crate::accounts::mute;
use crate::queue::{EndMute, Outcome};
use crate::{App, Result};

impl Job for EndMute {
    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            mute::end(&tx, self.mute).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}
