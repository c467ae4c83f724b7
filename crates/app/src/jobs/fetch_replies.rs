//! FetchReplies: a few answers that a new status's own server names, in the status or in its collection of answers, are
//! asked for.

use wire::activity::note::answers;
use wire::activity::{address, document};

use super::job::Job;
use crate::federation::budget::Budget;
use crate::federation::fetch::{self, As, Failure};
use crate::federation::statuses as statuses_of_others;
use crate::queue::{FetchReplies, Outcome};
use crate::{App, Result};

/// Documents fetched for all of them.
const FETCHES_MAX: usize = 20;

impl Job for FetchReplies {
    async fn run(self, app: &App) -> Result<Outcome> {
        let (budget, mut failed) = (Budget::by_the_way(FETCHES_MAX), None);
        let uris = match &self.listed_at {
            Some(at) if self.uris.is_empty() => match listed(app, at, &self.to, &budget).await {
                Ok(uris) => uris,
                Err(failure) => return Ok(super::fetch_thread::outcome(failure)),
            },
            _ => self.uris,
        };
        for uri in &uris {
            if let Err(failure) = statuses_of_others::resolve_at(app, uri, 1, &budget).await {
                failed = Some(super::fetch_thread::outcome(failure)).filter(|outcome| matches!(outcome, Outcome::Retry(_))).or(failed);
            }
        }
        Ok(failed.unwrap_or(Outcome::Done))
    }
}

/// The answers to `to` in the collection at `at`, or on its first page.
async fn listed(app: &App, at: &str, to: &str, budget: &Budget) -> Result<Vec<String>, Failure> {
    budget.spend()?;
    let collection = fetch::document(app, at, As::Instance).await?;
    let found = answers(&collection, to);
    let Some(first) = document::one(&collection, "first").filter(|_| found.is_empty()) else { return Ok(found) };
    match first.as_str() {
        None => Ok(answers(first, to)),
        Some(page) if address::same_host(page, to) => {
            budget.spend()?;
            Ok(answers(&fetch::document(app, page, As::Instance).await?, to))
        }
        Some(_) => Ok(found),
    }
}
