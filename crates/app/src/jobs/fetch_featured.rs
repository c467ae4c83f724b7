//! FetchFeatured: what an account of another server has pinned is asked for, when the account is first seen.

use store::{remote_accounts, remote_statuses};
use wire::activity::document;

use super::job::Job;
use crate::federation::budget::Budget;
use crate::federation::fetch::{self, As};
use crate::federation::incoming::{PINS_MAX, pin};
use crate::federation::{same_origin, statuses as statuses_of_others};
use crate::queue::{FetchFeatured, Outcome};
use crate::{App, Result};

/// Documents fetched: the collection, its page, the statuses.
const FETCHES_MAX: usize = 40;

impl Job for FetchFeatured {
    async fn run(self, app: &App) -> Result<Outcome> {
        let account = self.account;
        let known =
            app.read(move |r| async move { Ok((remote_accounts::find(&r, account).await?, remote_statuses::featured_url(&r, account).await?)) });
        let (Some(known), url) = known.await? else { return Ok(Outcome::Done) };
        if known.domain.is_empty() || url.is_empty() || !same_origin(&url, &known.uri) {
            return Ok(Outcome::Done);
        }
        let budget = Budget::by_the_way(FETCHES_MAX);
        let collection = match fetch::document(app, &url, As::Instance).await {
            Ok(collection) => collection,
            Err(failure) => return Ok(super::fetch_thread::outcome(failure)),
        };
        let items = |page: &serde_json::Value| -> Vec<String> {
            let keys = ["orderedItems", "items"].into_iter();
            let most = usize::try_from(PINS_MAX).unwrap_or_default();
            keys.flat_map(|key| document::ids(page, key).map(str::to_owned)).filter(|uri| same_origin(uri, &known.uri)).take(most).collect()
        };
        let mut uris = items(&collection);
        if uris.is_empty() {
            uris = match document::one(&collection, "first") {
                Some(page) if page.is_object() => items(page),
                Some(page) => match page.as_str().filter(|uri| same_origin(uri, &known.uri)) {
                    Some(uri) => fetch::document(app, uri, As::Instance).await.map(|page| items(&page)).unwrap_or_default(),
                    None => Vec::new(),
                },
                None => Vec::new(),
            };
        }
        // The newest pin is shown first: it comes last. What they answer is not asked for.
        for uri in uris.iter().rev() {
            if let Ok(status) = statuses_of_others::resolve_at(app, uri, statuses_of_others::THREAD_MAX, &budget).await {
                pin(app, account, status).await?;
            }
        }
        Ok(Outcome::Done)
    }
}
