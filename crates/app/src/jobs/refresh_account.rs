//! RefreshAccount: asks a remote account's server what it says of it now.

use store::remote_accounts;

use super::job::Job;
use crate::federation::actor;
use crate::federation::budget::Budget;
use crate::federation::fetch::{self, As, Failure};
use crate::queue::{Outcome, RefreshAccount};
use crate::{App, Result};

/// Documents that one account may have fetched: itself, its handle, its keys.
const FETCHES_MAX: usize = 16;

impl Job for RefreshAccount {
    async fn run(self, app: &App) -> Result<Outcome> {
        let account = self.account;
        let known = app.read(move |r| async move { Ok(remote_accounts::find(&r, account).await?) }).await?;
        let Some(known) = known.filter(|known| !known.domain.is_empty()) else { return Ok(Outcome::Discard("there is no such account".into())) };
        let budget = Budget::new(FETCHES_MAX);
        let taken = match fetch::document(app, &known.uri, As::Instance).await {
            Ok(document) => actor::keep(app, &document, &budget).await,
            Err(failure) => Err(failure),
        };
        let Err(failure) = taken else { return Ok(Outcome::Done) };
        if failure == Failure::Gone {
            actor::remove(app, account).await?;
            return Ok(Outcome::Done);
        }
        // Not to be asked again with the next activity.
        app.write(move |tx| async move { Ok(remote_accounts::touch(&tx, account).await?) }).await?;
        Ok(match failure {
            Failure::Unreachable(_) | Failure::Unwell(_) | Failure::Internal(_) => Outcome::Retry(failure.to_string()),
            _ => Outcome::Discard(failure.to_string()),
        })
    }
}
