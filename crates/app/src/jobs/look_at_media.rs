//! LookAtMedia: an attachment of another server of which nothing says what it is; its first bytes do.

use serde::{Deserialize, Serialize};
use store::MediaId;
use store::jobs::Lane;

use super::{Job, Outcome};
use crate::media::remote::{self, Missing};
use crate::{App, Result};

#[derive(Debug, Serialize, Deserialize)]
pub struct LookAtMedia {
    pub media: MediaId,
}

impl Job for LookAtMedia {
    const KIND: &'static str = "look_at_media";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 4;

    /// While nobody knows, it is a link to the file.
    async fn run(self, app: &App) -> Result<Outcome> {
        Ok(match remote::look(app, self.media).await? {
            Ok(()) => Outcome::Done,
            Err(Missing::Gone) => Outcome::Discard("the file is not there, or not to be shown".into()),
            Err(missing) => Outcome::Retry(missing.to_string()),
        })
    }
}
