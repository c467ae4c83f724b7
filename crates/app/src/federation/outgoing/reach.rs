//! Whom an activity reaches, and how it is handed out: the first inboxes in the transaction, the others by a job.

use serde_json::Value;
use store::accounts::{self, Account};
use store::audience::Wanted;
use store::statuses::{self, Status, Visibility};
use store::{AccountId, Reader, StatusId, Tx, audience, deliveries};

use super::deliver;
use crate::queue::{self, Distribute, Progress, Reach, RemoveAccount};
use crate::{App, Result};

/// Inboxes in one transaction.
const PAGE: i64 = 1_000;
/// Whoever has more followers has their inboxes looked up by a job, beside the writer.
const FOLLOWERS_AT_ONCE: i64 = 2_000;
/// People that one activity is sent to by name, and of those who did something with a status. Where many live on one host,
/// that gets it once.
const NAMED_MAX: i64 = 10_000;
/// What has not been handed out for so long is not waited for any more.
const HANDING_OUT_MS: i64 = 60 * 60 * 1000;
/// How long what comes later waits, each time.
const TURN_MS: i64 = 250;

/// Whom a status reaches as it is addressed.
pub(super) async fn of_addressed(r: &Reader, status: &Status) -> Result<Reach> {
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
pub(super) async fn of_changed(r: &Reader, status: &Status) -> Result<Reach> {
    with_concerned(r, status, of_addressed(r, status).await?).await
}

/// Whom a status reaches that goes: whoever may have it, even if it would not be sent to them now.
pub(super) async fn of_gone(r: &Reader, status: &Status) -> Result<Reach> {
    let addressed = audience::list_addressed(r, status.id, None, NAMED_MAX).await?;
    with_concerned(r, status, of_followers(r, status, addressed).await?).await
}

async fn with_concerned(r: &Reader, status: &Status, mut reach: Reach) -> Result<Reach> {
    if is_open(status.visibility()) {
        reach.accounts.extend(audience::list_concerned(r, status.id, NAMED_MAX).await?);
    }
    Ok(reach)
}

pub(super) fn is_open(visibility: Visibility) -> bool {
    matches!(visibility, Visibility::Public | Visibility::Unlisted)
}

/// There are servers that show to everybody what is addressed to nobody.
pub(super) fn is_addressed(activity: &Value) -> bool {
    ["to", "cc"].iter().any(|audience| activity[audience].as_array().is_some_and(|addresses| !addresses.is_empty()))
}

pub(super) async fn local(r: &Reader, account: AccountId) -> Result<Option<Account>> {
    Ok(accounts::find(r, account).await?.filter(Account::is_local))
}

pub(super) async fn ours(r: &Reader, id: StatusId) -> Result<Option<Status>> {
    Ok(statuses::find(r, id).await?.filter(|status| status.local))
}

/// Something that an actor is about to say, and whom it reaches first.
pub(super) struct Start {
    pub actor: AccountId,
    pub reach: Reach,
    pub inboxes: Vec<String>,
    /// What a job is to go on with.
    pub rest: Option<Progress>,
}

/// Looks up whom an activity reaches first; `None` if it reaches nobody. Nobody is looked up here where the actor has
/// many followers, or where something that they said earlier is still being handed out: a job does that in its turn.
pub(super) async fn start(tx: &Tx, actor: AccountId, reach: Reach) -> Result<Option<Start>> {
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
pub(super) async fn send(tx: &Tx, start: Start, activity: &Value) -> Result<()> {
    hand_over(tx, start, activity, None).await
}

pub(super) async fn hand_over(tx: &Tx, start: Start, activity: &Value, then_remove: Option<AccountId>) -> Result<()> {
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

pub(super) async fn page(r: &Reader, reach: &Reach, progress: &Progress, limit: i64) -> Result<Vec<String>> {
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
