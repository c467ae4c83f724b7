//! RefreshAccount: asks a remote account's server what it says of it now.

use super::job::Job;
use crate::federation::fetch::Failure;
use crate::federation::refresh;
use crate::queue::{Outcome, RefreshAccount};
use crate::{App, Result};

impl Job for RefreshAccount {
    async fn run(self, app: &App) -> Result<Outcome> {
        Ok(match refresh::known(app, self.account).await? {
            Ok(()) => Outcome::Done,
            Err(failure @ (Failure::Unreachable(_) | Failure::Unwell(_) | Failure::Internal(_))) => Outcome::Retry(failure.to_string()),
            Err(failure) => Outcome::Discard(failure.to_string()),
        })
    }
}
