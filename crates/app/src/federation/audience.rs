//! Who gets an activity: the inboxes of those it concerns.
//!
//! What the verbs do in their transaction is here. What somebody says about a status is composed there and then, so that
//! it is in every queue in the order in which it was said; tallies and a changed profile are gathered for a while and
//! composed by a job. What reaches many is handed out by a job, and what the same actor says after that waits for it.

use serde_json::Value;
use store::accounts::{self, Account};
use store::audience::Wanted;
use store::statuses::{self, Status, Visibility};
use store::{AccountId, Reader, StatusId, Tx, audience, deliveries, tombstones};
use wire::activity::write;

use super::{compose, deliver};
use crate::queue::{self, Distribute, DistributeProfile, DistributeTallies, Progress, Reach, RemoveAccount};
use crate::urls::Urls;
use crate::{App, Result};

/// Inboxes in one transaction.
const PAGE: i64 = 1_000;
/// Whoever has more followers has their inboxes looked up by a job, beside the writer.
const FOLLOWERS_AT_ONCE: i64 = 2_000;
/// People that one activity is sent to by name, and of those who did something with a status. Where many live on one host,
/// that gets it once.
const NAMED_MAX: i64 = 10_000;
/// Deliveries that a deletion takes back; further ones arrive, and it after them.
const TAKEN_BACK_MAX: i64 = 1_000;
/// How long changes of a profile are gathered.
const PROFILE_MS: i64 = 5_000;
/// How long votes are gathered.
const TALLIES_MS: i64 = 3 * 60 * 1000;
/// What has not been handed out for so long is not waited for any more.
const HANDING_OUT_MS: i64 = 60 * 60 * 1000;
/// How long what comes later waits, each time.
const TURN_MS: i64 = 250;

/// Whom a status reaches as it is addressed.
async fn of_addressed(r: &Reader, status: &Status) -> Result<Reach> {
    let is_direct = matches!(status.visibility(), Visibility::Direct | Visibility::Limited);
    // Whom a moderator has limited speaks to nobody but their followers.
    let only_followers = is_direct && accounts::find(r, status.account_id).await?.is_some_and(|author| author.silenced_at.is_some());
    let addressed = audience::list_addressed(r, status.id, only_followers.then_some(status.account_id), NAMED_MAX).await?;
    let mut reach = of_followers(r, status, addressed).await?;
    reach.without_blocked_by = reach.followers_of.iter().any(|whose| *whose != status.account_id).then_some(status.account_id);
    Ok(reach)
}

async fn of_followers(r: &Reader, status: &Status, addressed: Vec<AccountId>) -> Result<Reach> {
    let visibility = status.visibility();
    let mut reach = Reach { accounts: addressed, ..Reach::default() };
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

/// Whom a status reaches that changes: whom it is addressed to, and who has it because they did something with it.
async fn of_changed(r: &Reader, status: &Status) -> Result<Reach> {
    with_concerned(r, status, of_addressed(r, status).await?).await
}

/// Whom a status reaches that goes: whoever may have it, even if it would not be sent to them now.
async fn of_gone(r: &Reader, status: &Status) -> Result<Reach> {
    let addressed = audience::list_addressed(r, status.id, None, NAMED_MAX).await?;
    with_concerned(r, status, of_followers(r, status, addressed).await?).await
}

async fn with_concerned(r: &Reader, status: &Status, mut reach: Reach) -> Result<Reach> {
    if is_open(status.visibility()) {
        reach.accounts.extend(audience::list_concerned(r, status.id, NAMED_MAX).await?);
    }
    Ok(reach)
}

fn is_open(visibility: Visibility) -> bool {
    matches!(visibility, Visibility::Public | Visibility::Unlisted)
}

/// Has a new status or reblog of a local account sent. To be called when all of it is there, and before anything is
/// counted.
pub(crate) async fn posted(tx: &Tx, urls: &Urls, id: StatusId) -> Result<()> {
    let Some(status) = ours(tx, id).await? else { return Ok(()) };
    let Some(start) = start(tx, status.account_id, of_addressed(tx, &status).await?).await? else { return Ok(()) };
    match compose::activity(tx, urls, id, tx.now()).await?.filter(is_addressed) {
        Some(activity) => send(tx, start, &activity).await,
        None => Ok(()),
    }
}

/// There are servers that show to everybody what is addressed to nobody.
fn is_addressed(activity: &Value) -> bool {
    ["to", "cc"].iter().any(|audience| activity[audience].as_array().is_some_and(|addresses| !addresses.is_empty()))
}

/// Has a status sent to people who were found after it was posted.
pub(crate) async fn addressed_late(tx: &Tx, urls: &Urls, status: &Status, new: &[AccountId]) -> Result<()> {
    let mut reach = of_addressed(tx, status).await?;
    reach.accounts.retain(|account| new.contains(account));
    let Some(create) = compose::create(tx, urls, status.id, tx.now()).await? else { return Ok(()) };
    for account in reach.accounts {
        deliver::to_account(tx, status.account_id, &create, account).await?;
    }
    Ok(())
}

/// Has an edit of a local status sent.
pub(crate) async fn edited(tx: &Tx, urls: &Urls, id: StatusId) -> Result<()> {
    let Some(status) = ours(tx, id).await? else { return Ok(()) };
    let Some(start) = start(tx, status.account_id, of_changed(tx, &status).await?).await? else { return Ok(()) };
    match compose::update(tx, urls, id, tx.now()).await?.filter(is_addressed) {
        Some(update) => send(tx, start, &update).await,
        None => Ok(()),
    }
}

/// Has the tallies of a poll sent, a while after the first of its votes.
pub(crate) async fn voted(tx: &Tx, status: StatusId) -> Result<()> {
    queue::enqueue_in(tx, &DistributeTallies { status, last: false }, TALLIES_MS).await
}

/// Has the last tallies of a poll sent.
pub(crate) async fn closed(tx: &Tx, status: StatusId) -> Result<()> {
    queue::enqueue(tx, &DistributeTallies { status, last: true }).await
}

/// Composes the tallies of a poll as they are, and has them sent.
pub(crate) async fn send_tallies(tx: &Tx, urls: &Urls, status: StatusId) -> Result<()> {
    // An edit or a deletion comes before this or after it.
    statuses::lock(tx, status).await?;
    edited(tx, urls, status).await
}

/// Has a changed profile sent, with what changes within the next seconds.
pub(crate) async fn profile_changed(tx: &Tx, account: AccountId) -> Result<()> {
    queue::enqueue_in(tx, &DistributeProfile { account }, PROFILE_MS).await
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
    // What still waits of it is not said any more, and whom it waited for is told, too: perhaps it was taken though not
    // acknowledged.
    let waited = deliveries::take_back(tx, author.id, &status.uri, TAKEN_BACK_MAX).await?;
    let start = match start(tx, author.id, of_gone(tx, status).await?).await? {
        Some(mut start) => {
            start.inboxes.extend(waited);
            start
        }
        None if waited.is_empty() => return Ok(()),
        None => Start { actor: author.id, reach: Reach::default(), inboxes: waited, rest: None },
    };
    send(tx, start, &write::delete(&author.uri, &status.uri)).await
}

/// Has it sent that a local reblog is taken back. To be called before it is hidden.
pub(crate) async fn unreblogging(tx: &Tx, urls: &Urls, reblog: &Status) -> Result<()> {
    let Some(start) = start(tx, reblog.account_id, of_gone(tx, reblog).await?).await? else { return Ok(()) };
    match compose::announce(tx, urls, reblog.id, tx.now()).await? {
        Some(announce) => send(tx, start, &write::undo(announce)).await,
        None => Ok(()),
    }
}

/// Has it sent that a status came onto its author's profile, or left it.
pub(crate) async fn pinned(tx: &Tx, status: &Status, on: bool) -> Result<()> {
    let Some(author) = local(tx, status.account_id).await?.filter(|_| is_open(status.visibility())) else { return Ok(()) };
    let featured = compose::of_actor(&author.uri, "collections/featured");
    let activity = write::pin(if on { "Add" } else { "Remove" }, &author.uri, &featured, &status.uri, tx.now());
    match start(tx, author.id, Reach { followers_of: vec![author.id], ..Reach::default() }).await? {
        Some(start) => send(tx, start, &activity).await,
        None => Ok(()),
    }
}

/// Has the deletion of a local account sent to its followers and to every host there is, and enqueues the removal of
/// what it leaves, which must not begin before its followers are known.
pub(crate) async fn deleting_account(tx: &Tx, account: AccountId) -> Result<()> {
    let removal = RemoveAccount { account };
    let Some(actor) = local(tx, account).await? else { return queue::enqueue(tx, &removal).await };
    tombstones::insert(tx, &actor.uri, Some(account), false).await?;
    let reach = Reach { followers_of: vec![account], everybody: true, ..Reach::default() };
    if page(tx, &Reach { everybody: false, ..reach.clone() }, &Progress::default(), 1).await?.is_empty()
        && audience::list_shared_inboxes(tx, "", 1).await?.is_empty()
    {
        return queue::enqueue(tx, &removal).await;
    }
    match start(tx, account, reach).await? {
        Some(start) => hand_over(tx, start, &write::delete_actor(&actor.uri), Some(account)).await,
        None => queue::enqueue(tx, &removal).await,
    }
}

async fn local(r: &Reader, account: AccountId) -> Result<Option<Account>> {
    Ok(accounts::find(r, account).await?.filter(Account::is_local))
}

async fn ours(r: &Reader, id: StatusId) -> Result<Option<Status>> {
    Ok(statuses::find(r, id).await?.filter(|status| status.local))
}

/// Composes a local actor, and has it sent to its followers.
pub(crate) async fn send_profile(tx: &Tx, urls: &Urls, account: AccountId) -> Result<()> {
    if local(tx, account).await?.is_none_or(|account| account.suspended_at.is_some()) {
        return Ok(());
    }
    let Some(start) = start(tx, account, Reach { followers_of: vec![account], ..Reach::default() }).await? else { return Ok(()) };
    match compose::update_actor(tx, urls, account, tx.now()).await? {
        Some(update) => send(tx, start, &update).await,
        None => Ok(()),
    }
}

/// Something that an actor is about to say, and whom it reaches first.
struct Start {
    actor: AccountId,
    reach: Reach,
    inboxes: Vec<String>,
    /// What a job is to go on with.
    rest: Option<Progress>,
}

/// Looks up whom an activity reaches first; `None` if it reaches nobody. Nobody is looked up here where the actor has
/// many followers, or where something that they said earlier is still being handed out: a job does that in its turn.
async fn start(tx: &Tx, actor: AccountId, reach: Reach) -> Result<Option<Start>> {
    if reach.followers_of.is_empty() && reach.accounts.is_empty() && !reach.everybody {
        return Ok(None);
    }
    let has_many = !reach.followers_of.is_empty() && audience::count_followers(tx, &reach.followers_of).await? > FOLLOWERS_AT_ONCE;
    if has_many || deliveries::is_distributing(tx, actor, None, tx.now() - HANDING_OUT_MS).await? {
        return Ok(Some(Start { actor, reach, inboxes: Vec::new(), rest: Some(Progress::default()) }));
    }
    let inboxes = page(tx, &reach, &Progress::default(), PAGE).await?;
    let rest = after(&reach, &Progress::default(), &inboxes);
    Ok((!inboxes.is_empty() || rest.is_some()).then_some(Start { actor, reach, inboxes, rest }))
}

/// Has an activity sent to all whom it reaches: the first of them now, the others by a job.
async fn send(tx: &Tx, start: Start, activity: &Value) -> Result<()> {
    hand_over(tx, start, activity, None).await
}

async fn hand_over(tx: &Tx, start: Start, activity: &Value, then_remove: Option<AccountId>) -> Result<()> {
    let Start { actor, reach, inboxes, rest } = start;
    let Some(progress) = rest else {
        deliver::to_inboxes(tx, actor, activity, inboxes).await?;
        return removed(tx, then_remove).await;
    };
    let body = deliver::keep(tx, actor, activity).await?;
    deliver::send_kept(tx, body, inboxes).await?;
    queue::enqueue(tx, &Distribute { body, reach, progress, then_remove }).await
}

async fn removed(tx: &Tx, account: Option<AccountId>) -> Result<()> {
    match account {
        Some(account) => queue::enqueue(tx, &RemoveAccount { account }).await,
        None => Ok(()),
    }
}

async fn page(r: &Reader, reach: &Reach, progress: &Progress, limit: i64) -> Result<Vec<String>> {
    if progress.others {
        return Ok(audience::list_shared_inboxes(r, &progress.after, limit).await?);
    }
    if reach.followers_of.is_empty() && reach.accounts.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = Wanted {
        followers_of: &reach.followers_of,
        accounts: &reach.accounts,
        without_blocked_by: reach.without_blocked_by,
        // Where everybody gets it, shared inboxes have their turn later.
        only_own: reach.everybody,
    };
    Ok(audience::list_inboxes(r, &wanted, &progress.after, limit).await?)
}

/// How far it is after a page; `None` if that was all.
fn after(reach: &Reach, progress: &Progress, inboxes: &[String]) -> Option<Progress> {
    match inboxes.last() {
        Some(last) if inboxes.len() as i64 == PAGE => Some(Progress { after: last.clone(), others: progress.others }),
        _ if reach.everybody && !progress.others => Some(Progress { after: String::new(), others: true }),
        _ => None,
    }
}

/// Hands an activity out to one page of inboxes when its turn has come; another job goes on. Its inboxes are looked up
/// beside the writer. An activity that is not kept any more goes nowhere.
pub(crate) async fn hand_out(app: &App, job: Distribute) -> Result<()> {
    let since = app.now_ms() - HANDING_OUT_MS;
    let (job, waits, inboxes) = app
        .read(move |r| async move {
            let Some(actor) = deliveries::find_actor(&r, job.body).await? else { return Ok((job, None, Vec::new())) };
            let waits = deliveries::is_distributing(&r, actor, Some(job.body), since).await?;
            let inboxes = if waits { Vec::new() } else { page(&r, &job.reach, &job.progress, PAGE).await? };
            Ok((job, Some(waits), inboxes))
        })
        .await?;
    app.write(move |tx| async move {
        match waits {
            None => return removed(&tx, job.then_remove).await,
            Some(true) => return queue::enqueue_in(&tx, &job, TURN_MS).await,
            Some(false) => {}
        }
        let rest = after(&job.reach, &job.progress, &inboxes);
        deliver::send_kept(&tx, job.body, inboxes).await?;
        match rest {
            Some(progress) => queue::enqueue(&tx, &Distribute { progress, ..job }).await,
            None => {
                deliveries::distributed(&tx, job.body).await?;
                removed(&tx, job.then_remove).await
            }
        }
    })
    .await
}
