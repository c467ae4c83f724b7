//! LookAtMedia: an attachment of another server of which nothing says what it is; its first bytes do.

use super::job::Job;
use crate::media::remote::{self, Missing};
use crate::queue::{LookAtMedia, Outcome};
use crate::{App, Result};

impl Job for LookAtMedia {
    /// While nobody knows, it is a link to the file.
    async fn run(self, app: &App) -> Result<Outcome> {
        Ok(match remote::look(app, self.media).await? {
            Ok(()) => Outcome::Done,
            Err(Missing::Gone) => Outcome::Discard("the file is not there, or not to be shown".into()),
            Err(missing) => Outcome::Retry(missing.to_string()),
        })
    }
}
