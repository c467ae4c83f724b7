//! People who are mentioned and whom nobody here has met: their servers are asked, before a status is posted if they
//! answer in time, after that by a job.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use store::{StatusId, accounts, statuses};
use text::MentionRef;

use crate::bus::{self, Event};
use crate::conversations::record::record_again;
use crate::effects::index;
use crate::federation::budget::Budget;
use crate::federation::fetch::Failure;
use crate::federation::outgoing;
use crate::federation::resolve::account_by_handle;
use crate::statuses::text::{compose, entities, find_mentioned};
use crate::{App, Result};

/// How long posting waits for other servers in all.
const DEADLINE: Duration = Duration::from_secs(5);
/// Servers asked at a time.
const AT_ONCE: usize = 8;
/// Documents that one status may have fetched.
const FETCHES_MAX: usize = 100;

/// Has unknown people of other servers looked for, all at once. Gives those whose servers have not answered in time;
/// who does not exist is not among them.
pub(crate) async fn look_for(app: &App, mentions: &[MentionRef]) -> Vec<MentionRef> {
    let is_elsewhere = |mention: &&MentionRef| mention.domain.as_deref().is_some_and(|domain| !app.urls().is_local_domain(domain));
    let wanted: Vec<&MentionRef> = mentions.iter().filter(is_elsewhere).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let budget = Budget::new(FETCHES_MAX);
    let answered: Mutex<HashSet<&MentionRef>> = Mutex::default();
    let (asked, answers) = (&budget, &answered);
    let work = stream::iter(wanted.iter().copied()).for_each_concurrent(AT_ONCE, |mention| async move {
        let domain = mention.domain.as_deref().unwrap_or_default();
        match account_by_handle(app, &mention.username, domain, asked).await {
            Err(Failure::Unreachable(_) | Failure::Unwell(_) | Failure::Internal(_)) => {}
            _ => drop(answers.lock().unwrap_or_else(PoisonError::into_inner).insert(mention)),
        }
    });
    let _ = tokio::time::timeout(DEADLINE, work).await;
    let answered = answered.into_inner().unwrap_or_else(PoisonError::into_inner);
    wanted.into_iter().filter(|mention| !answered.contains(mention)).cloned().collect()
}

/// Asks once more for people whom a status mentions. Who is found is linked, addressed, and sent the status. Gives those
/// whose servers still have not answered.
pub(crate) async fn catch_up(app: &App, id: StatusId, mentions: &[MentionRef]) -> Result<Vec<MentionRef>> {
    let left = look_for(app, mentions).await;
    let urls = app.urls().clone();
    app.write(move |tx| async move {
        statuses::lock(&tx, id).await?;
        let Some(status) = statuses::find(&tx, id).await?.filter(|status| status.local) else { return Ok(Vec::new()) };
        let Some(author) = accounts::find(&tx, status.account_id).await? else { return Ok(Vec::new()) };
        let mentioned = find_mentioned(&tx, &urls, author.id, entities(&status.text).0).await?;
        let mut new = Vec::new();
        for account in mentioned.values() {
            if statuses::insert_mention(&tx, id, account.id, false).await? {
                new.push(account.id);
            }
        }
        if new.is_empty() {
            return Ok(left);
        }
        statuses::set_content(&tx, id, &status.text, &compose(&urls, &author.username, &status.text, &mentioned)).await?;
        index::index(&tx, id).await?;
        record_again(&tx, &status, &mentioned.values().map(|account| account.id).collect()).await?;
        outgoing::create::deliver_late(&tx, &urls, &status, &new).await?;
        bus::publish(&tx, &Event::Edited { status: id });
        Ok(left)
    })
    .await
}
