//! Posting a status.

use std::collections::{HashMap, HashSet};

use store::feeds::{self, Entry};
use store::media::{self, Media};
use store::notifications::NewNotification;
use store::stats::{self, AccountDelta, StatusDelta};
use store::statuses::{self, NewStatus, Status, Visibility};
use store::{AccountId, MediaId, Reader, StatusId, Tx, accounts, idempotency, tags};
use text::{EntityKind, MentionRef};

use crate::bus::{self, Event};
use crate::jobs::{self, FanOut, Notify};
use crate::search::index;
use crate::urls::Urls;
use crate::{App, Error, Result, Viewer, Words, policy};

/// Followers who get a status in the transaction that makes it; the rest get it from a job.
const FAN_OUT_AT_ONCE: i64 = 50;
/// People one status may mention.
const MENTIONS_MAX: usize = 50;
/// Tags one status may carry; more stay plain words in the index.
const TAGS_MAX: usize = 60;
/// What stands for the text of a status that has only a warning.
const NO_TEXT: &str = ".";
const NO_TEXT_WITH_PICTURE: &str = "🖼";

/// A status as its author wants it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub text: String,
    pub spoiler_text: String,
    pub sensitive: Option<bool>,
    /// Mastodon's word; `None` is the author's default.
    pub visibility: Option<String>,
    pub language: Option<String>,
    pub in_reply_to_id: Option<StatusId>,
    pub media_ids: Vec<MediaId>,
    pub idempotency_key: Option<String>,
}

/// Posts `draft`; returns the new status's id, or the one an earlier request with the same key made.
///
/// Errors: `Invalid` for what breaks a rule, `NotFound` if the status answered cannot be seen.
/// Source: docs.joinmastodon.org/methods/statuses/#create
pub async fn post(app: &App, viewer: &Viewer, draft: Draft) -> Result<StatusId> {
    let plan = plan(app, viewer, draft)?;
    let (author, key) = (viewer.account_id, plan.idempotency_key.clone());
    let lookups = Lookups::of(&plan);
    let found = app.read(move |r| async move { find(&r, author, key, lookups).await }).await?;
    if let Some(earlier) = found.earlier {
        return Ok(earlier);
    }
    check_media(&plan, &found.media)?;
    let content = compose(app.urls(), &plan, &found.mentioned);
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
    idempotency_key: Option<String>,
    mentions: Vec<MentionRef>,
    tags: Vec<(String, String)>,
}

fn plan(app: &App, viewer: &Viewer, draft: Draft) -> Result<Plan> {
    let limits = &app.options.limits;
    let (mut text, spoiler_text) = (draft.text.trim().to_owned(), draft.spoiler_text.trim().to_owned());
    let media_ids = unique(draft.media_ids);
    let mut problems = Vec::new();
    if text.is_empty() && !spoiler_text.is_empty() {
        text = if media_ids.is_empty() { NO_TEXT } else { NO_TEXT_WITH_PICTURE }.to_owned();
    }
    if text.is_empty() && media_ids.is_empty() {
        problems.push(Words::new("invalid-text-blank"));
    }
    if text::count::length(&spoiler_text, &text) > limits.post_chars {
        problems.push(Words::new("invalid-text-too-long").with("max", limits.post_chars));
    }
    let wanted = draft.visibility.or_else(|| viewer.preferences.default_privacy.clone());
    let visibility = wanted.map_or(Some(Visibility::Public), |word| Visibility::from_word(&word));
    if visibility.is_none() {
        problems.push(Words::new("invalid-visibility"));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
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
        visibility: match visibility {
            Some(Visibility::Public) if viewer.silenced => Visibility::Unlisted,
            other => other.unwrap_or(Visibility::Public),
        },
        language: language.or_else(|| viewer.preferences.default_language.clone()).or_else(|| viewer.locale.as_deref().map(str::to_owned)),
        in_reply_to_id: draft.in_reply_to_id,
        idempotency_key: draft.idempotency_key,
        text,
        spoiler_text,
        media_ids,
        mentions,
        tags,
    })
}

fn unique(ids: Vec<MediaId>) -> Vec<MediaId> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}

/// A refusal in Mastodon's form, `Validation failed: …`.
fn invalid(id: &'static str) -> Error {
    Error::Invalid(vec![Words::new(id)])
}

/// Whom the text mentions and which tags it carries: (normalised, as written), each once.
fn entities(text: &str) -> (Vec<MentionRef>, Vec<(String, String)>) {
    let (mut mentions, mut tags): (Vec<MentionRef>, Vec<(String, String)>) = Default::default();
    for entity in text::links::scan(text) {
        match entity.kind {
            EntityKind::Mention(mention) if mentions.len() < MENTIONS_MAX && !mentions.contains(&mention) => mentions.push(mention),
            EntityKind::Hashtag(name) if tags.len() < TAGS_MAX => {
                let normal = text::tags::normalize(&name);
                if tags.iter().all(|(known, _)| *known != normal) {
                    tags.push((normal, text::tags::display(&name)));
                }
            }
            _ => {}
        }
    }
    (mentions, tags)
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
    earlier: Option<StatusId>,
    parent: Option<Status>,
    media: Vec<Media>,
    mentioned: HashMap<MentionRef, Mentioned>,
}

/// Somebody mentioned whom we know.
#[derive(Clone)]
struct Mentioned {
    id: AccountId,
    username: String,
    domain: String,
    url: String,
}

async fn find(r: &Reader, author: AccountId, key: Option<String>, lookups: Lookups) -> Result<Found> {
    let mut found = Found { earlier: None, parent: None, media: Vec::new(), mentioned: HashMap::new() };
    if let Some(key) = key {
        found.earlier = idempotency::find(r, author, &key).await?;
    }
    if let Some(parent) = lookups.in_reply_to_id {
        found.parent = Some(match policy::visible_original(r, author, parent).await {
            Err(Error::NotFound(_)) => Err(Error::NotFound(Words::new("error-in-reply-to-not-found"))),
            visible => visible,
        }?);
    }
    found.media = media::list(r, &lookups.media_ids).await?;
    for mention in lookups.mentions {
        let domain = mention.domain.clone().unwrap_or_default();
        if let Some(account) = accounts::find_by_handle(r, &mention.username, &domain).await?
            && account.suspended_at.is_none()
            && account.usable
        {
            let url = account.url.unwrap_or(account.uri);
            found.mentioned.insert(mention, Mentioned { id: account.id, username: account.username, domain: account.domain, url });
        }
    }
    Ok(found)
}

/// Own, unattached and finished, or nothing is posted.
fn check_media(plan: &Plan, found: &[Media]) -> Result<()> {
    let known =
        |id: &MediaId| found.iter().any(|m| m.id == *id && m.account_id == plan.author && m.status_id.is_none() && m.processing != media::FAILED);
    let missing: Vec<String> = plan.media_ids.iter().filter(|id| !known(id)).map(ToString::to_string).collect();
    if !missing.is_empty() {
        return Err(Error::Invalid(vec![Words::new("error-media-not-found").with("ids", missing.join(", "))]));
    }
    if found.iter().any(|m| m.processing != media::COMPLETE) {
        return Err(invalid("error-media-processing"));
    }
    Ok(())
}

fn compose(urls: &Urls, plan: &Plan, mentioned: &HashMap<MentionRef, Mentioned>) -> String {
    let author = MentionRef { username: plan.username.to_string(), domain: None };
    text::compose::status_html(
        &plan.text,
        &text::Links {
            mention: &|mention| {
                mentioned.get(mention).map(|m| text::MentionTarget {
                    username: m.username.clone(),
                    domain: (!m.domain.is_empty()).then(|| m.domain.clone()),
                    url: m.url.clone(),
                })
            },
            tag: &|tag| urls.tag_url(&tag.written),
            author: Some(&author),
        },
    )
}

async fn write(tx: &Tx, urls: &Urls, plan: Plan, content: String, found: Found, active_since: i64) -> Result<StatusId> {
    let id = StatusId(tx.next_id());
    if let Some(key) = &plan.idempotency_key
        && !idempotency::insert(tx, plan.author, key, id).await?
        && let Some(earlier) = idempotency::find(tx, plan.author, key).await?
    {
        return Ok(earlier);
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
        created_at: now,
    };
    statuses::insert(tx, &status).await?;
    for (position, media_id) in plan.media_ids.iter().enumerate() {
        if !media::attach(tx, *media_id, plan.author, id, i64::try_from(position).unwrap_or_default()).await? {
            return Err(Error::Invalid(vec![Words::new("error-media-not-found").with("ids", media_id)]));
        }
    }
    for (name, display) in &plan.tags {
        let tag = tags::ensure(tx, name, display).await?;
        tags::attach(tx, id, tag).await?;
    }
    let mentioned: HashSet<AccountId> = found.mentioned.values().map(|m| m.id).collect();
    for account in &mentioned {
        statuses::insert_mention(tx, id, *account, false).await?;
    }
    notify(tx, id, plan.author, found.mentioned.values()).await?;
    index::index(tx, id).await?;
    feed(tx, &status, active_since).await?;
    stats::add_to_accounts(tx, vec![(plan.author, AccountDelta { statuses: 1, last_status_at: Some(now), ..Default::default() })]).await?;
    if let Some((parent, _)) = in_reply_to {
        stats::add_to_statuses(tx, vec![(parent, StatusDelta { replies: 1, ..Default::default() })]).await?;
    }
    Ok(id)
}

async fn notify(tx: &Tx, id: StatusId, author: AccountId, mentioned: impl Iterator<Item = &Mentioned>) -> Result<()> {
    let mut told = HashSet::new();
    let new: Vec<NewNotification> = mentioned
        .filter(|m| m.domain.is_empty() && m.id != author && told.insert(m.id))
        .map(|m| NewNotification {
            account_id: m.id,
            from_account_id: author,
            kind: "mention",
            status_id: Some(id),
            activity_id: id.0,
            group_key: None,
        })
        .collect();
    for notification in new {
        jobs::enqueue(tx, &Notify::from(notification)).await?;
    }
    Ok(())
}

/// Puts a new status into the author's feed and those of a few followers; a job does the rest.
pub(crate) async fn feed(tx: &Tx, status: &NewStatus, active_since: i64) -> Result<()> {
    let entry = Entry {
        status_id: status.id,
        account_id: status.account_id,
        reblog_of_id: status.reblog_of_id,
        in_reply_to_account_id: status.in_reply_to.map(|(_, account)| account),
        visibility: status.visibility as i64,
    };
    feeds::insert(tx, status.account_id, &entry).await?;
    let (looked_at, mut told) = feeds::fan_out(tx, &entry, active_since, AccountId(0), FAN_OUT_AT_ONCE).await?;
    if looked_at.len() as i64 == FAN_OUT_AT_ONCE
        && let Some(after) = looked_at.last()
    {
        jobs::enqueue(tx, &FanOut { status: status.id, after: *after }).await?;
    }
    told.push(status.account_id);
    bus::publish(tx, &Event::Feed { status: status.id, accounts: told });
    Ok(())
}
