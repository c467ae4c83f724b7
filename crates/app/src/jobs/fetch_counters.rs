//! FetchCounters: reads how many follow a remote account, whom it follows, and what it has posted.

use serde_json::Value;
use store::remote_accounts::{self as rows, Counters};

use super::job::Job;
use crate::federation::fetch::{self, As};
use crate::federation::same_origin;
use crate::queue::{FetchCounters, Outcome};
use crate::{App, Result};

/// Larger numbers are not believed.
const COUNT_MAX: i64 = 1_000_000_000;

impl Job for FetchCounters {
    /// A number that cannot be had stays as it is: it is asked for again with the next refresh.
    async fn run(self, app: &App) -> Result<Outcome> {
        let account = self.account;
        let Some(at) = app.read(move |r| async move { Ok(rows::find_collections(&r, account).await?) }).await? else {
            return Ok(Outcome::Discard("there is no such account".into()));
        };
        let outbox = collection(app, &at.uri, &at.outbox_url).await;
        let followers = collection(app, &at.uri, &at.followers_url).await;
        let following = collection(app, &at.uri, &at.following_url).await;
        let counters = Counters { statuses: total(&outbox), following: total(&following), followers: total(&followers) };
        // Who does not show their lists has collections without pages.
        let is_hidden = |collection: &Option<Value>| collection.as_ref().map(|collection| collection.get("first").is_none());
        let hide = match (is_hidden(&followers), is_hidden(&following)) {
            (None, None) => None,
            (followers, following) => Some(followers == Some(true) || following == Some(true)),
        };
        app.write(move |tx| async move {
            if rows::find(&tx, account).await?.is_some() {
                if let Some(hide) = hide {
                    rows::set_hide_collections(&tx, account, hide).await?;
                }
                rows::set_counters(&tx, account, &counters).await?;
            }
            Ok(Outcome::Done)
        })
        .await
    }
}

/// A collection of the actor's own server.
async fn collection(app: &App, actor: &str, url: &str) -> Option<Value> {
    if url.is_empty() || !same_origin(actor, url) {
        return None;
    }
    fetch::document(app, url, As::Instance).await.ok()
}

fn total(collection: &Option<Value>) -> Option<i64> {
    collection.as_ref()?.get("totalItems")?.as_i64().map(|total| total.clamp(0, COUNT_MAX))
}
