//! Who gets an activity: the inboxes of those it concerns.
//!
//! What the verbs do in their transaction is here: a new status, an edit or a changed profile is composed by a job when
//! its turn comes; what will be gone by then is composed at once.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::accounts::{self, Account};
use store::statuses::{self, Status, Visibility};
use store::{AccountId, DeliveryBodyId, Reader, Tx, audience, tombstones};
use wire::activity::write;

use super::{compose, deliver};
use crate::jobs::{self, Distribute, DistributeProfile, DistributeStatus, RemoveAccount, What};
use crate::urls::Urls;
use crate::{Error, Result};

/// Inboxes in one transaction.
const PAGE: i64 = 500;
/// People that one activity is sent to by name.
const NAMED_MAX: i64 = 1_000;
/// How long changes of a profile are gathered.
const PROFILE_MS: i64 = 5_000;
/// How long votes are gathered.
const TALLIES_MS: i64 = 3 * 60 * 1000;

/// Whom an activity reaches on other servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Their followers.
    pub followers_of: Vec<AccountId>,
    pub accounts: Vec<AccountId>,
    /// Every host that is known, too.
    #[serde(default)]
    pub everybody: bool,
}

/// How far an activity has been handed out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Inboxes up to this one have it already.
    after: String,
    /// Whether those meant are through, and it is the turn of everybody else.
    others: bool,
}

/// Whom a status reaches that is new.
async fn of_new(r: &Reader, status: &Status) -> Result<Reach> {
    let visibility = status.visibility();
    let mut reach = Reach { accounts: audience::list_addressed(r, status.id, NAMED_MAX).await?, ..Reach::default() };
    if matches!(visibility, Visibility::Direct | Visibility::Limited) {
        return Ok(reach);
    }
    reach.followers_of.push(status.account_id);
    if let Some(original) = status.reblog_of_id {
        reach.accounts.extend(statuses::find(r, original).await?.map(|original| original.account_id));
    }
    if let (true, Some(parent)) = (is_open(visibility), status.in_reply_to_account_id) {
        reach.accounts.push(parent);
        if parent != status.account_id && accounts::find(r, parent).await?.is_some_and(|parent| parent.is_local()) {
            reach.followers_of.push(parent);
        }
    }
    Ok(reach)
}

/// Whom a status reaches that changes or goes: whoever may have it.
async fn of_known(r: &Reader, status: &Status) -> Result<Reach> {
    let mut reach = of_new(r, status).await?;
    if is_open(status.visibility()) {
        reach.accounts.extend(audience::list_concerned(r, status.id, NAMED_MAX).await?);
    }
    Ok(reach)
}

fn is_open(visibility: Visibility) -> bool {
    matches!(visibility, Visibility::Public | Visibility::Unlisted)
}

/// Has a new status or reblog of a local account sent.
pub(crate) async fn posted(tx: &Tx, status: store::StatusId) -> Result<()> {
    jobs::enqueue(tx, &DistributeStatus { status, what: What::New }).await
}

/// Has an edit sent.
pub(crate) async fn edited(tx: &Tx, status: store::StatusId) -> Result<()> {
    jobs::enqueue(tx, &DistributeStatus { status, what: What::Edit }).await
}

/// Has the tallies of a poll sent, a while after the first of its votes.
pub(crate) async fn voted(tx: &Tx, status: store::StatusId) -> Result<()> {
    jobs::enqueue_in(tx, &DistributeStatus { status, what: What::Tallies }, TALLIES_MS).await
}

/// Has the last tallies of a poll sent.
pub(crate) async fn closed(tx: &Tx, status: store::StatusId) -> Result<()> {
    jobs::enqueue(tx, &DistributeStatus { status, what: What::LastTallies }).await
}

/// Has a changed profile sent, with what changes within the next seconds.
pub(crate) async fn profile_changed(tx: &Tx, account: AccountId) -> Result<()> {
    jobs::enqueue_in(tx, &DistributeProfile { account }, PROFILE_MS).await
}

/// Has the deletion of a local status or reblog sent. To be called before it is hidden.
pub(crate) async fn deleting(tx: &Tx, urls: &Urls, status: &Status) -> Result<()> {
    if !status.local {
        return Ok(());
    }
    if status.reblog_of_id.is_some() {
        return unreblogging(tx, urls, status).await;
    }
    let Some(author) = local(tx, status.account_id).await? else { return Ok(()) };
    let reach = of_known(tx, status).await?;
    send(tx, author.id, &write::delete(&author.uri, &status.uri), reach).await
}

/// Has it sent that a local reblog is taken back. To be called before it is hidden.
pub(crate) async fn unreblogging(tx: &Tx, urls: &Urls, reblog: &Status) -> Result<()> {
    let Some(announce) = compose::announce(tx, urls, reblog.id, tx.now()).await? else { return Ok(()) };
    let reach = of_new(tx, reblog).await?;
    send(tx, reblog.account_id, &write::undo(announce), reach).await
}

/// Has it sent that a status came onto its author's profile, or left it.
pub(crate) async fn pinned(tx: &Tx, status: &Status, on: bool) -> Result<()> {
    let Some(author) = local(tx, status.account_id).await?.filter(|_| is_open(status.visibility())) else { return Ok(()) };
    let featured = compose::of_actor(&author.uri, "collections/featured");
    let activity = write::pin(if on { "Add" } else { "Remove" }, &author.uri, &featured, &status.uri, tx.now());
    send(tx, author.id, &activity, Reach { followers_of: vec![author.id], ..Reach::default() }).await
}

/// Has the deletion of a local account sent to its followers and to every host there is, and enqueues the removal of
/// what it leaves, which must not begin before its followers are known.
pub(crate) async fn deleting_account(tx: &Tx, account: AccountId) -> Result<()> {
    let removal = RemoveAccount { account };
    let Some(actor) = local(tx, account).await? else { return jobs::enqueue(tx, &removal).await };
    tombstones::insert(tx, &actor.uri, Some(account), false).await?;
    let reach = Reach { followers_of: vec![account], everybody: true, ..Reach::default() };
    let progress = Progress::default();
    if first_page(tx, &reach).await?.is_empty() {
        return jobs::enqueue(tx, &removal).await;
    }
    let body = deliver::keep(tx, account, &write::delete_actor(&actor.uri)).await?;
    hand_out(tx, Distribute { body, reach, progress, then_remove: Some(account) }).await
}

async fn local(r: &Reader, account: AccountId) -> Result<Option<Account>> {
    Ok(accounts::find(r, account).await?.filter(Account::is_local))
}

/// Composes what has become of a status, and has it sent.
pub(crate) async fn send_status(tx: &Tx, urls: &Urls, id: store::StatusId, what: What) -> Result<()> {
    let Some(status) = statuses::find(tx, id).await?.filter(|status| status.local) else { return Ok(()) };
    let (activity, reach) = match what {
        What::New => (compose::activity(tx, urls, id, tx.now()).await?, of_new(tx, &status).await?),
        What::Edit | What::Tallies | What::LastTallies => (compose::update(tx, urls, id, tx.now()).await?, of_known(tx, &status).await?),
    };
    match activity {
        Some(activity) => send(tx, status.account_id, &activity, reach).await,
        None => Ok(()),
    }
}

/// Composes a local actor, and has it sent to its followers.
pub(crate) async fn send_profile(tx: &Tx, urls: &Urls, account: AccountId) -> Result<()> {
    let is_there = local(tx, account).await?.is_some_and(|account| account.suspended_at.is_none());
    let Some(update) = compose::update_actor(tx, urls, account, tx.now()).await?.filter(|_| is_there) else { return Ok(()) };
    send(tx, account, &update, Reach { followers_of: vec![account], ..Reach::default() }).await
}

/// Has an activity sent to all whom it reaches: the first of them now, the others by jobs.
async fn send(tx: &Tx, actor: AccountId, activity: &Value, reach: Reach) -> Result<()> {
    if first_page(tx, &reach).await?.is_empty() {
        return Ok(());
    }
    let body = deliver::keep(tx, actor, activity).await?;
    hand_out(tx, Distribute { body, reach, progress: Progress::default(), then_remove: None }).await
}

async fn first_page(r: &Reader, reach: &Reach) -> Result<Vec<String>> {
    let found = page(r, reach, &Progress::default(), 1).await?;
    if !found.is_empty() || !reach.everybody {
        return Ok(found);
    }
    page(r, reach, &Progress { after: String::new(), others: true }, 1).await
}

async fn page(r: &Reader, reach: &Reach, progress: &Progress, limit: i64) -> Result<Vec<String>> {
    if progress.others {
        return Ok(audience::list_shared_inboxes(r, &progress.after, limit).await?);
    }
    if reach.followers_of.is_empty() && reach.accounts.is_empty() {
        return Ok(Vec::new());
    }
    // Where everybody gets it, shared inboxes have their turn later.
    Ok(audience::list_inboxes(r, &reach.followers_of, &reach.accounts, reach.everybody, &progress.after, limit).await?)
}

/// Hands an activity out to one page of inboxes; a job goes on.
pub(crate) async fn hand_out(tx: &Tx, mut job: Distribute) -> Result<()> {
    let inboxes = page(tx, &job.reach, &job.progress, PAGE).await?;
    let more = inboxes.len() as i64 == PAGE;
    if let (true, Some(last)) = (more, inboxes.last()) {
        job.progress.after = last.clone();
    }
    deliver::send_kept(tx, job.body, inboxes).await?;
    if more {
        return jobs::enqueue(tx, &job).await;
    }
    if job.reach.everybody && !job.progress.others {
        job.progress = Progress { after: String::new(), others: true };
        return jobs::enqueue(tx, &job).await;
    }
    match job.then_remove {
        Some(account) => jobs::enqueue(tx, &RemoveAccount { account }).await,
        None => Ok(()),
    }
}

/// Whether an activity that is being handed out is still kept. Errors: those of the database.
pub(crate) async fn is_kept(r: &Reader, body: DeliveryBodyId) -> Result<bool> {
    store::deliveries::has_body(r, body).await.map_err(Error::from)
}
