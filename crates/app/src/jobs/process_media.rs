//! ProcessMedia: makes an upload ready to be shown.

use serde::{Deserialize, Serialize};
use store::MediaId;
use store::jobs::Lane;

use super::{Job, Outcome};
use crate::media::process::process;
use crate::{App, Result};

#[derive(Debug, Serialize, Deserialize)]
pub struct ProcessMedia {
    pub media: MediaId,
}

impl Job for ProcessMedia {
    const KIND: &'static str = "process_media";
    const LANE: Lane = Lane::Media;
    const TRIES: i64 = 5;

    async fn run(self, app: &App) -> Result<Outcome> {
        process(app, self.media).await
    }
}
