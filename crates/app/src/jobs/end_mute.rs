//! EndMute: ends a mute when its time has run out.

use serde::{Deserialize, Serialize};
use store::MuteId;
use store::jobs::Lane;

use super::{Job, Outcome};
use crate::accounts::mute;
use crate::{App, Result};

#[derive(Debug, Serialize, Deserialize)]
pub struct EndMute {
    pub mute: MuteId,
}

impl Job for EndMute {
    const KIND: &'static str = "end_mute";
    const LANE: Lane = Lane::Interactive;

    async fn run(self, app: &App) -> Result<Outcome> {
        app.write(move |tx| async move {
            mute::end(&tx, self.mute).await?;
            Ok(Outcome::Done)
        })
        .await
    }
}
