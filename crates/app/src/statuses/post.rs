//! Posting a status.

use std::collections::{HashMap, HashSet};

use store::media::{self, Media};
use store::statuses::{self, NewStatus, Status, Visibility};
use store::{AccountId, MediaId, Reader, ScheduledStatusId, StatusId, Tx, idempotency, polls, scheduled};
use text::MentionRef;

use crate::policy::quotes;
use crate::queue::{self, ResolveMentions};
pub use crate::statuses::draft::{Draft, Posted};
use crate::statuses::poll::{self, PollDraft};
use crate::statuses::publish::{Addressed, Parts, publish};
use crate::statuses::text::{Mentioned, compose, entities, find_mentioned};
use crate::statuses::{mentions, quote_policy, schedule};
use crate::urls::Urls;
use crate::{App, Error, Result, Viewer, Words, policy};

/// What stands for the text of a status that has only a warning.
const NO_TEXT: &str = ".";
const NO_TEXT_WITH_PICTURE: &str = "🖼";

/// Posts or schedules `draft`, or returns what an earlier request with the same key made.
///
/// Errors: `Invalid` for what breaks a rule, `NotFound` if the status answered cannot be seen.
/// Source: docs.joinmastodon.org/methods/statuses/#create
pub async fn post(app: &App, viewer: &Viewer, draft: Draft) -> Result<Posted> {
    let at = schedule::time(draft.scheduled_at.as_deref(), app.now_ms())?;
    let wish = at.map(|at| (at, draft.clone()));
    let plan = plan(app, viewer, draft)?;
    let found = look_up(app, &plan).await?;
    if let Some(earlier) = found.earlier {
        return Ok(earlier);
    }
    check_media(&plan, &found.media)?;
    match wish {
        Some((at, draft)) => schedule::keep(app, viewer, at, draft, plan.visibility).await,
        None => carry_out(app, plan, found).await,
    }
}

/// Posts a status whose time has come. What it was is gone in the same transaction, so that it is posted once.
///
/// Errors: as [`post`]; `NotFound` if it was posted or called off meanwhile.
pub(crate) async fn post_scheduled(app: &App, viewer: &Viewer, draft: Draft, scheduled: ScheduledStatusId) -> Result<Posted> {
    let plan = Plan { scheduled: Some(scheduled), ..plan(app, viewer, draft)? };
    let found = look_up(app, &plan).await?;
    check_media(&plan, &found.media)?;
    carry_out(app, plan, found).await
}

async fn look_up(app: &App, plan: &Plan) -> Result<Found> {
    let (author, key, lookups) = (plan.author, plan.idempotency_key.clone(), Lookups::of(plan));
    let urls = app.urls().clone();
    app.read(move |r| async move { find(&r, &urls, author, key, lookups).await }).await
}

/// Posts what was planned.
async fn carry_out(app: &App, mut plan: Plan, mut found: Found) -> Result<Posted> {
    let unknown: Vec<MentionRef> = plan.mentions.iter().filter(|mention| !found.mentioned.contains_key(mention)).cloned().collect();
    if !unknown.is_empty() {
        plan.unresolved = mentions::look_for(app, &unknown).await;
        let (author, mentions) = (plan.author, plan.mentions.clone());
        let urls = app.urls().clone();
        found.mentioned = app.read(move |r| async move { find_mentioned(&r, &urls, author, mentions).await }).await?;
    }
    let unexpected = unexpected(&plan, &found);
    if !unexpected.is_empty() {
        return Ok(Posted::Unexpected(unexpected));
    }
    let content = compose(app.urls(), &plan.username, &plan.text, &found.mentioned);
    let (urls, active_since) = (app.urls().clone(), app.active_since());
    app.write(move |tx| async move { write(&tx, &urls, plan, content, found, active_since).await }).await
}

/// What is to be written, checked as far as it can be without the database.
struct Plan {
    author: AccountId,
    username: std::sync::Arc<str>,
    application_id: Option<store::ApplicationId>,
    text: String,
    spoiler_text: String,
    sensitive: bool,
    visibility: Visibility,
    language: Option<String>,
    in_reply_to_id: Option<StatusId>,
    media_ids: Vec<MediaId>,
    poll: Option<PollDraft>,
    quote_policy: i64,
    allowed_mentions: Option<Vec<AccountId>>,
    idempotency_key: Option<String>,
    /// What it was until its time came.
    scheduled: Option<ScheduledStatusId>,
    mentions: Vec<MentionRef>,
    /// Of these, those whose servers have not answered yet.
    unresolved: Vec<MentionRef>,
    tags: Vec<(String, String)>,
}

fn plan(app: &App, viewer: &Viewer, draft: Draft) -> Result<Plan> {
    let limits = &app.options.limits;
    let media_ids = unique(draft.media_ids);
    let mut problems = Vec::new();
    let (text, spoiler_text) = wording(app, &draft.text, &draft.spoiler_text, !media_ids.is_empty(), &mut problems);
    let poll = draft.poll.map(|draft| poll::check(draft, &mut problems));
    let wanted = draft.visibility.or_else(|| viewer.preferences.default_privacy.clone());
    let visibility = wanted.map_or(Some(Visibility::Public), |word| Visibility::from_word(&word));
    if visibility.is_none() {
        problems.push(Words::new("invalid-visibility"));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let visibility = match visibility {
        Some(Visibility::Public) if viewer.silenced => Visibility::Unlisted,
        other => other.unwrap_or(Visibility::Public),
    };
    let policy = quote_policy::wished(viewer, draft.quote_policy)?;
    if media_ids.len() > limits.attachments {
        return Err(invalid("error-media-too-many"));
    }
    let language = draft.language.as_deref().and_then(text::language::normalize).map(str::to_owned);
    let (mentions, tags) = entities(&text);
    Ok(Plan {
        author: viewer.account_id,
        username: viewer.username.clone(),
        application_id: viewer.application_id,
        sensitive: draft.sensitive.unwrap_or(viewer.preferences.default_sensitive) || !spoiler_text.is_empty(),
        visibility,
        quote_policy: quotes::within(visibility, policy),
        allowed_mentions: draft.allowed_mentions,
        scheduled: None,
        poll,
        language: language
            .or_else(|| viewer.preferences.default_language.clone())
            .or_else(|| viewer.locale.as_deref().map(str::to_owned))
            .or_else(|| Some(app.options.default_locale.clone())),
        in_reply_to_id: draft.in_reply_to_id,
        idempotency_key: draft.idempotency_key,
        text,
        spoiler_text,
        media_ids,
        mentions,
        unresolved: Vec::new(),
        tags,
    })
}

/// What is stored as text and warning: trimmed, with a stand-in for the text of a mere warning. What is wrong
/// with them is added to `problems`.
pub(crate) fn wording(app: &App, text: &str, spoiler_text: &str, has_media: bool, problems: &mut Vec<Words>) -> (String, String) {
    let max = app.options.limits.post_chars;
    let (mut text, spoiler_text) = (text.trim().to_owned(), spoiler_text.trim().to_owned());
    if text.is_empty() && !spoiler_text.is_empty() {
        text = if has_media { NO_TEXT_WITH_PICTURE } else { NO_TEXT }.to_owned();
    }
    if text.is_empty() && !has_media {
        problems.push(Words::new("invalid-text-blank"));
    }
    if !text::count::fits(&spoiler_text, &text, max) {
        problems.push(Words::new("invalid-text-too-long").with("max", max));
    }
    (text, spoiler_text)
}

pub(crate) fn unique(ids: Vec<MediaId>) -> Vec<MediaId> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}

/// A refusal in Mastodon's form, `Validation failed: …`.
pub(crate) fn invalid(id: &'static str) -> Error {
    Error::Invalid(vec![Words::new(id)])
}

/// What has to be looked up before anything can be written.
struct Lookups {
    in_reply_to_id: Option<StatusId>,
    media_ids: Vec<MediaId>,
    mentions: Vec<MentionRef>,
}

impl Lookups {
    fn of(plan: &Plan) -> Lookups {
        Lookups { in_reply_to_id: plan.in_reply_to_id, media_ids: plan.media_ids.clone(), mentions: plan.mentions.clone() }
    }
}

struct Found {
    earlier: Option<Posted>,
    parent: Option<Status>,
    media: Vec<Media>,
    mentioned: HashMap<MentionRef, Mentioned>,
}

impl Mentioned {
    pub(crate) fn addressed(&self) -> Addressed {
        Addressed { id: self.id, is_local: self.domain.is_empty(), silent: false }
    }
}

async fn find(r: &Reader, urls: &Urls, author: AccountId, key: Option<String>, lookups: Lookups) -> Result<Found> {
    let mut found = Found { earlier: None, parent: None, media: Vec::new(), mentioned: HashMap::new() };
    if let Some(key) = key {
        found.earlier = match idempotency::find(r, author, &key).await? {
            Some(id) => Some(earlier(r, id).await?),
            None => None,
        };
    }
    if let Some(parent) = lookups.in_reply_to_id {
        found.parent = Some(match policy::visible_original(r, author, parent).await {
            Err(Error::NotFound(_)) => Err(Error::NotFound(Words::new("error-in-reply-to-not-found"))),
            visible => visible,
        }?);
    }
    found.media = media::list(r, &lookups.media_ids).await?;
    found.mentioned = find_mentioned(r, urls, author, lookups.mentions).await?;
    Ok(found)
}

/// What an idempotency key led to: ids of statuses and of those of tomorrow come from one generator.
async fn earlier(r: &Reader, id: StatusId) -> Result<Posted> {
    let scheduled = ScheduledStatusId(id.0);
    Ok(if scheduled::find(r, scheduled).await?.is_some() { Posted::Scheduled(scheduled) } else { Posted::Status(id) })
}

/// Own, unattached and finished, or nothing is posted.
fn check_media(plan: &Plan, found: &[Media]) -> Result<()> {
    let is_free = |m: &Media| {
        m.status_id.is_none() && m.former_status_id.is_none() && (m.scheduled_status_id.is_none() || m.scheduled_status_id == plan.scheduled)
    };
    let known = |id: &MediaId| found.iter().any(|m| m.id == *id && m.account_id == plan.author && is_free(m) && m.processing != media::FAILED);
    let missing: Vec<String> = plan.media_ids.iter().filter(|id| !known(id)).map(ToString::to_string).collect();
    if !missing.is_empty() {
        return Err(Error::Invalid(vec![Words::new("error-media-not-found").with("ids", missing.join(", "))]));
    }
    if found.iter().any(|m| m.processing != media::COMPLETE) {
        return Err(invalid("error-media-processing"));
    }
    Ok(())
}

/// Whom the text mentions though it should not.
fn unexpected(plan: &Plan, found: &Found) -> Vec<AccountId> {
    let Some(allowed) = &plan.allowed_mentions else { return Vec::new() };
    let mentioned: HashSet<AccountId> = found.mentioned.values().map(|m| m.id).collect();
    let mut unexpected: Vec<AccountId> = mentioned.into_iter().filter(|id| !allowed.contains(id)).collect();
    unexpected.sort();
    unexpected
}

async fn write(tx: &Tx, urls: &Urls, plan: Plan, content: String, found: Found, active_since: i64) -> Result<Posted> {
    if let Some(scheduled) = plan.scheduled {
        if !scheduled::delete(tx, scheduled).await? {
            return Err(Error::not_found());
        }
        media::release(tx, scheduled).await?;
    }
    let id = StatusId(tx.next_id());
    if let Some(key) = &plan.idempotency_key
        && !idempotency::insert(tx, plan.author, key, id).await?
        && let Some(first) = idempotency::find(tx, plan.author, key).await?
    {
        return earlier(tx, first).await;
    }
    let now = tx.now();
    let conversation = match &found.parent {
        Some(parent) if parent.conversation_id.is_some() => parent.conversation_id,
        _ => Some(statuses::insert_conversation(tx).await?),
    };
    let in_reply_to = found.parent.as_ref().map(|parent| (parent.id, parent.account_id));
    let status = NewStatus {
        id,
        account_id: plan.author,
        uri: urls.status_uri(plan.author, id),
        url: Some(urls.status_url(&plan.username, id)),
        text: plan.text,
        content,
        spoiler_text: plan.spoiler_text,
        sensitive: plan.sensitive,
        visibility: plan.visibility,
        language: plan.language,
        in_reply_to,
        reblog_of_id: None,
        conversation_id: conversation,
        application_id: plan.application_id,
        quote_approval_policy: plan.quote_policy,
        local: true,
        orphan: false,
        emojis: String::new(),
        created_at: now,
    };
    if !statuses::insert(tx, &status).await? {
        return Err(Error::Conflict(format!("the id {id} was made twice")));
    }
    for (position, media_id) in plan.media_ids.iter().enumerate() {
        if !media::attach(tx, *media_id, plan.author, id, i64::try_from(position).unwrap_or_default()).await? {
            return Err(Error::Invalid(vec![Words::new("error-media-not-found").with("ids", media_id)]));
        }
    }
    if let Some(draft) = &plan.poll {
        let shape = poll::shape(draft, now);
        let poll = polls::insert(tx, id, plan.author, &shape).await?;
        poll::close_in_time(tx, poll, &shape).await?;
    }
    let addressed = found.mentioned.values().map(Mentioned::addressed).collect();
    publish(tx, urls, &status, &Parts { addressed, tags: plan.tags, ..Parts::default() }, active_since, true).await?;
    if !plan.unresolved.is_empty() {
        let mentions = plan.unresolved.into_iter().map(|mention| (mention.username, mention.domain.unwrap_or_default())).collect();
        queue::enqueue(tx, &ResolveMentions { status: id, mentions }).await?;
    }
    Ok(Posted::Status(id))
}
