//! Writing a status of another server.

use store::remote_statuses::{self, Attachment};
use store::statuses::{self, NewStatus};
use store::{AccountId, ConversationId, MediaId, StatusId, Tx, accounts, stats, tombstones, withdrawn};

use super::outcome::{Taken, Way};
use super::plan::Plan;
use crate::federation::emojis;
use crate::policy::quotes;
use crate::queue::{self, ClosePoll, FetchMention, FetchReplies, FetchThread, LookAtMedia};
use crate::statuses::publish::{Parts, publish};
use crate::urls::Urls;
use crate::{Error, Result};

/// A status that is older when it comes is no news: nobody is told, no feed has it. Mastodon's number.
const FORGET_AFTER_MS: i64 = 6 * 60 * 60 * 1000;
/// Answers above a status that are asked for.
pub(crate) const THREAD_MAX: usize = 500;

/// Whether what was made then is news now.
pub(crate) fn is_recent(created_at: i64, now: i64) -> bool {
    now - created_at < FORGET_AFTER_MS
}

pub(super) async fn write(tx: &Tx, urls: &Urls, plan: Plan, way: Way, active_since: i64) -> Result<Taken> {
    let author = &plan.author;
    // A deletion that comes at the same time waits, or is seen.
    accounts::lock(tx, author.id).await?;
    if withdrawn::is_withdrawn(tx, &author.uri, &plan.id, tx.now()).await? {
        return Ok(Taken::Dropped("its author took it back"));
    }
    if let Some(known) = remote_statuses::find_by_uri(tx, &plan.id).await? {
        return Ok(if known.deleted_at.is_some() { Taken::Dropped("it is being deleted") } else { Taken::Known(known.id) });
    }
    if tombstones::is_of(tx, &plan.id, author.id).await? {
        match way {
            // Its origin has it again.
            Way::Pulled { .. } if tombstones::lift(tx, &plan.id).await? => {}
            _ => return Ok(Taken::Dropped("it was deleted")),
        }
    }
    let conversation = conversation(tx, urls, &plan).await?;
    let status = NewStatus {
        id: statuses::free_id_at(tx, plan.created_at).await?,
        account_id: author.id,
        uri: plan.id.clone(),
        url: plan.url.clone(),
        local: false,
        text: String::new(),
        content: plan.content.clone(),
        spoiler_text: plan.spoiler_text.clone(),
        sensitive: plan.sensitive,
        visibility: plan.visibility,
        language: plan.language.clone(),
        in_reply_to: plan.parent.as_ref().map(|parent| (parent.id, parent.account_id)),
        orphan: plan.orphan,
        reblog_of_id: None,
        conversation_id: Some(conversation),
        application_id: None,
        quote_approval_policy: quotes::NOBODY,
        emojis: emojis::keep(tx, &author.domain, &plan.emojis).await?,
        created_at: plan.created_at,
    };
    if !statuses::insert(tx, &status).await? {
        return Err(Error::Conflict(format!("the id {} was made twice", status.id)));
    }
    if let Some(at) = plan.updated_at.filter(|_| plan.edited) {
        remote_statuses::set_edited(tx, status.id, at).await?;
    }
    for (position, file) in plan.attachments.iter().enumerate() {
        attach(tx, &plan, status.id, position, file).await?;
    }
    if let Some(poll) = &plan.poll {
        let id = remote_statuses::insert_poll(tx, status.id, author.id, poll).await?;
        close_in_time(tx, id, poll.expires_at).await?;
    }
    let told = is_recent(plan.created_at, tx.now());
    let parts = Parts { addressed: plan.addressed.clone(), unheard: plan.unheard.clone(), tags: plan.tags.clone() };
    publish(tx, urls, &status, &parts, active_since, told).await?;
    if plan.favourites.is_some_and(|count| count > 0) || plan.reblogs.is_some_and(|count| count > 0) {
        stats::set_untrusted(tx, status.id, plan.reblogs, plan.favourites).await?;
    }
    ask_for_more(tx, &plan, status.id, &way).await?;
    Ok(Taken::New(status.id))
}

/// Attaches a file; one of which nothing says what it is is looked at.
pub(super) async fn attach(tx: &Tx, plan: &Plan, status: StatusId, position: usize, file: &Attachment) -> Result<MediaId> {
    let id = remote_statuses::insert_attachment(tx, plan.author.id, status, i64::try_from(position).unwrap_or_default(), file).await?;
    if plan.untold.contains(&file.remote_url) {
        queue::enqueue(tx, &LookAtMedia { media: id }).await?;
    }
    Ok(id)
}

pub(super) async fn close_in_time(tx: &Tx, poll: store::PollId, expires_at: Option<i64>) -> Result<()> {
    match expires_at.map(|at| at - tx.now()) {
        Some(left) if left > 0 => queue::enqueue_in(tx, &ClosePoll { poll, after: AccountId(0) }, left).await,
        _ => Ok(()),
    }
}

/// The parent's, the one it names, or a new one. One that began here is never made by others.
async fn conversation(tx: &Tx, urls: &Urls, plan: &Plan) -> Result<ConversationId> {
    if let Some(known) = plan.parent.as_ref().and_then(|parent| parent.conversation_id) {
        return Ok(known);
    }
    match plan.conversation.as_deref().filter(|uri| !uri.starts_with(&urls.base)) {
        Some(uri) => Ok(remote_statuses::ensure_conversation(tx, uri).await?),
        None => Ok(statuses::insert_conversation(tx).await?),
    }
}

/// Has fetched what the status hangs on: what it answers, some answers to it, people that could not be found.
async fn ask_for_more(tx: &Tx, plan: &Plan, status: StatusId, way: &Way) -> Result<()> {
    let depth = match way {
        Way::Pushed { .. } => 0,
        Way::Pulled { depth } => *depth,
    };
    if let Some(parent) = plan.missing_parent.clone().filter(|_| depth < THREAD_MAX) {
        queue::enqueue(tx, &FetchThread { status, parent, depth: depth + 1 }).await?;
    }
    // Answers to answers would go on without end.
    if depth == 0 && (!plan.replies.is_empty() || plan.replies_at.is_some()) {
        queue::enqueue(tx, &FetchReplies { uris: plan.replies.clone(), to: plan.id.clone(), listed_at: plan.replies_at.clone() }).await?;
    }
    for actor in &plan.missing_mentions {
        let pause = if matches!(way, Way::Pushed { .. }) { 0 } else { FetchMention::PAUSE_MS };
        queue::enqueue_in(tx, &FetchMention { status, actor: actor.clone() }, pause).await?;
    }
    Ok(())
}
