//! Editing: a status changes, and how it was stays to be read.

use store::edits::{self, Edit};
use store::media::{self, Media};
use store::polls::{self, Poll, Shape};
use store::statuses::{self, Revised, Status};
use store::{AccountId, MediaId, StatusId, Tx, tags};

use crate::bus::{self, Event};
use crate::effects::index;
use crate::federation::outgoing;
use crate::media::upload::{self, Description};
use crate::policy::quotes;
use crate::queue::{self, NotifyEdit};
use crate::statuses::history;
use crate::statuses::mentions::look_for;
use crate::statuses::poll::{self, PollDraft};
use crate::statuses::post::{invalid, unique, wording};
use crate::statuses::publish::{Addressed, notify_named};
use crate::statuses::text::{Mentioned, compose, entities, find_mentioned};
use crate::urls::Urls;
use crate::{App, Error, Result, Viewer, Words};

/// What is to change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub text: Option<String>,
    pub spoiler_text: Option<String>,
    pub sensitive: Option<bool>,
    pub language: Option<String>,
    pub media_ids: Option<Vec<MediaId>>,
    /// New words for attachments that are, or come to be, part of the status.
    pub media: Vec<(MediaId, Description)>,
    /// `Some(None)` takes the poll away.
    pub poll: Option<Option<PollDraft>>,
    /// `public`, `followers` or `nobody`; changing that alone is no edit.
    pub quote_policy: Option<String>,
}

/// Edits the viewer's own status `id`. Nothing changed is no edit.
///
/// Errors: `NotFound` if it is not theirs or a reblog; `Invalid` for what breaks a rule.
/// Source: docs.joinmastodon.org/methods/statuses/#edit
pub async fn edit(app: &App, viewer: &Viewer, id: StatusId, changes: Changes) -> Result<()> {
    let me = viewer.account_id;
    let (before, has_media) = app
        .read(move |r| async move {
            let own = |s: &Status| s.account_id == me && s.reblog_of_id.is_none();
            let status = statuses::find(&r, id).await?.filter(own).ok_or_else(Error::not_found)?;
            let media = media::list_of_statuses(&r, &[id]).await?;
            Ok((status, !media.is_empty()))
        })
        .await?;
    let wish = wish(app, viewer, &before, has_media, changes)?;
    let (mentions, tags) = entities(&wish.text);
    look_for(app, &mentions).await;
    let urls = app.urls().clone();
    let mentioned = app.read(move |r| async move { find_mentioned(&r, &urls, me, mentions).await }).await?;
    let content = compose(app.urls(), &viewer.username, &wish.text, &mentioned);
    let new = Revised {
        content,
        text: wish.text,
        spoiler_text: wish.spoiler_text,
        sensitive: wish.sensitive,
        language: wish.language,
        emojis: String::new(),
        edited_at: None,
    };
    let rest = Rest {
        media_ids: wish.media_ids,
        words: wish.words,
        poll: wish.poll,
        addressed: mentioned.values().map(Mentioned::addressed).collect(),
        tags,
    };
    let urls = app.urls().clone();
    app.write(move |tx| async move {
        statuses::lock(&tx, id).await?;
        let status = statuses::find(&tx, id).await?.ok_or_else(Error::not_found)?;
        if status.edited_at != before.edited_at || status.text != before.text {
            return Err(Error::Conflict(format!("status {id} was edited by another request")));
        }
        if let Some(policy) = wish.quote_policy {
            statuses::set_quote_policy(&tx, id, policy).await?;
        }
        write(&tx, &urls, &status, new, rest).await
    })
    .await
}

/// What is wished, checked as far as it can be without the database.
struct Wish {
    text: String,
    spoiler_text: String,
    sensitive: bool,
    language: Option<String>,
    media_ids: Option<Vec<MediaId>>,
    words: Vec<(MediaId, media::Words)>,
    poll: Option<Option<PollDraft>>,
    quote_policy: Option<i64>,
}

fn wish(app: &App, viewer: &Viewer, before: &Status, had_media: bool, changes: Changes) -> Result<Wish> {
    let mut problems = Vec::new();
    let media_ids = changes.media_ids.map(unique);
    let has_media = media_ids.as_ref().map_or(had_media, |ids| !ids.is_empty());
    let says_sensitive = changes.sensitive.is_some() || changes.spoiler_text.is_some();
    let text = changes.text.unwrap_or_else(|| before.text.clone());
    let spoiler_text = changes.spoiler_text.unwrap_or_else(|| before.spoiler_text.clone());
    let (text, spoiler_text) = wording(app, &text, &spoiler_text, has_media, &mut problems);
    let poll = changes.poll.map(|poll| poll.map(|draft| poll::check(draft, &mut problems)));
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    if media_ids.as_ref().is_some_and(|ids| ids.len() > app.options.limits.attachments) {
        return Err(invalid("error-media-too-many"));
    }
    let words = changes.media.into_iter().map(|(id, given)| Ok((id, upload::words(app, &given)?))).collect::<Result<_>>()?;
    let language = changes.language.as_deref().and_then(text::language::normalize).map(str::to_owned);
    let policy = changes.quote_policy.as_deref().map(quotes::from_word).transpose()?;
    Ok(Wish {
        sensitive: if says_sensitive { changes.sensitive.unwrap_or(false) || !spoiler_text.is_empty() } else { before.sensitive },
        language: language.or_else(|| before.language.clone()).or_else(|| viewer.preferences.default_language.clone()),
        quote_policy: policy.map(|policy| quotes::within(before.visibility(), policy)),
        text,
        spoiler_text,
        media_ids,
        words,
        poll,
    })
}

/// What changes outside the status's own row.
struct Rest {
    media_ids: Option<Vec<MediaId>>,
    words: Vec<(MediaId, media::Words)>,
    poll: Option<Option<PollDraft>>,
    addressed: Vec<Addressed>,
    tags: Vec<(String, String)>,
}

async fn write(tx: &Tx, urls: &Urls, status: &Status, new: Revised, rest: Rest) -> Result<()> {
    let original = original(tx, status).await?;
    let attached = media::list_of_statuses(tx, &[status.id]).await?;
    let mut changed =
        status.text != new.text || status.spoiler_text != new.spoiler_text || status.sensitive != new.sensitive || status.language != new.language;
    changed |= change_media(tx, status, &attached, rest.media_ids, rest.words).await?;
    changed |= change_poll(tx, status, rest.poll).await?;
    if !changed {
        return Ok(());
    }
    revise(tx, status, original, &new, &rest.addressed, &rest.tags).await?;
    outgoing::update::status(tx, urls, status.id).await
}

/// A status as its first revision, before anything of it is changed; `None` if it has one.
pub(crate) async fn original(tx: &Tx, status: &Status) -> Result<Option<Edit>> {
    if !edits::list(tx, status.id, 1).await?.is_empty() {
        return Ok(None);
    }
    let attached = media::list_of_statuses(tx, &[status.id]).await?;
    Ok(Some(history::revision(tx, status, &attached).await?))
}

/// Writes what has changed of a status, wherever its author lives, and keeps how it was: attachments and poll are
/// changed already. Tells those who are named now, and were not, and those who passed it on.
pub(crate) async fn revise(
    tx: &Tx,
    status: &Status,
    original: Option<Edit>,
    new: &Revised,
    addressed: &[Addressed],
    tags: &[(String, String)],
) -> Result<()> {
    let id = status.id;
    if let Some(original) = original {
        edits::insert(tx, id, &original).await?;
    }
    statuses::revise(tx, id, new).await?;
    let revised = statuses::find(tx, id).await?.ok_or_else(Error::not_found)?;
    let attached = media::list_of_statuses(tx, &[id]).await?;
    edits::insert(tx, id, &history::revision(tx, &revised, &attached).await?).await?;
    address(tx, id, status.account_id, addressed).await?;
    tag(tx, id, tags).await?;
    index::index(tx, id).await?;
    queue::enqueue(tx, &NotifyEdit { status: id, after: AccountId(0) }).await?;
    bus::publish(tx, &Event::Edited { status: id });
    Ok(())
}

/// Takes over whom a status names and which hashtags it has, where nothing that people read has changed: no edit.
pub(crate) async fn readdress(tx: &Tx, status: &Status, addressed: &[Addressed], tags: &[(String, String)]) -> Result<()> {
    address(tx, status.id, status.account_id, addressed).await?;
    tag(tx, status.id, tags).await?;
    index::index(tx, status.id).await?;
    bus::publish(tx, &Event::Edited { status: status.id });
    Ok(())
}

/// Whether anything about the attachments has changed: which, their order, their words.
async fn change_media(tx: &Tx, status: &Status, attached: &[Media], ids: Option<Vec<MediaId>>, words: Vec<(MediaId, media::Words)>) -> Result<bool> {
    let before: Vec<MediaId> = attached.iter().map(|m| m.id).collect();
    let mut changed = false;
    let now = ids.unwrap_or_else(|| before.clone());
    if now != before {
        let found = media::list(tx, &now).await?;
        let usable = |m: &Media| {
            m.account_id == status.account_id
                && m.scheduled_status_id.is_none()
                && m.status_id.or(m.former_status_id).is_none_or(|place| place == status.id)
                && m.processing != media::FAILED
        };
        let missing: Vec<String> = now.iter().filter(|id| !found.iter().any(|m| m.id == **id && usable(m))).map(ToString::to_string).collect();
        if !missing.is_empty() {
            return Err(Error::Invalid(vec![Words::new("error-media-not-found").with("ids", missing.join(", "))]));
        }
        if !media::replace(tx, status.account_id, status.id, &now).await? {
            return Err(invalid("error-media-processing"));
        }
        changed = true;
    }
    for (id, words) in words {
        let Some(media) = media::find(tx, id).await?.filter(|m| now.contains(&m.id)) else { continue };
        let described = words.description.as_ref().is_some_and(|d| *d != media.description.clone().unwrap_or_default());
        let focused = words.focus.is_some_and(|focus| Some(focus) != media.focus_x.zip(media.focus_y));
        if described || focused {
            media::set_words(tx, id, &words).await?;
            changed = true;
        }
    }
    Ok(changed)
}

/// Whether anything about the poll has changed. Other options, or another number of choices, void the votes.
async fn change_poll(tx: &Tx, status: &Status, poll: Option<Option<PollDraft>>) -> Result<bool> {
    let Some(wish) = poll else { return Ok(false) };
    let before = match status.poll_id {
        Some(id) => polls::find_locked(tx, id).await?,
        None => None,
    };
    match (before, wish) {
        (None, None) => Ok(false),
        (Some(before), None) => {
            polls::delete(tx, &before).await?;
            Ok(true)
        }
        (None, Some(draft)) => {
            let shape = poll::shape(&draft, tx.now());
            let id = polls::insert(tx, status.id, status.account_id, &shape).await?;
            poll::close_in_time(tx, id, &shape).await?;
            Ok(true)
        }
        (Some(before), Some(draft)) => replace_poll(tx, &before, &poll::shape(&draft, tx.now())).await,
    }
}

async fn replace_poll(tx: &Tx, before: &Poll, shape: &Shape) -> Result<bool> {
    let titles: Vec<String> = polls::list_options(tx, &[before.id]).await?.into_iter().map(|option| option.title).collect();
    let void = titles != shape.options || before.multiple != shape.multiple;
    let moved = before.expires_at != Some(shape.expires_at);
    if void {
        polls::reset(tx, before.id, &shape.options).await?;
    }
    polls::update(tx, before.id, shape).await?;
    if moved {
        poll::close_in_time(tx, before.id, shape).await?;
    }
    Ok(void || moved || before.hide_totals != shape.hide_totals)
}

/// Addresses those named now, and tells those who were not before. Who is named no longer stays addressed, silently.
async fn address(tx: &Tx, id: StatusId, author: AccountId, addressed: &[Addressed]) -> Result<()> {
    let mut accounts: Vec<AccountId> = addressed.iter().filter(|account| !account.silent).map(|account| account.id).collect();
    accounts.sort();
    accounts.dedup();
    let new = statuses::replace_mentions(tx, id, &accounts).await?;
    let new: Vec<Addressed> = addressed.iter().filter(|account| new.contains(&account.id)).copied().collect();
    notify_named(tx, id, author, &new).await
}

async fn tag(tx: &Tx, id: StatusId, wanted: &[(String, String)]) -> Result<()> {
    let mut kept = Vec::with_capacity(wanted.len());
    for (name, display) in wanted {
        let tag = tags::ensure(tx, name, display).await?;
        tags::attach(tx, id, tag).await?;
        kept.push(tag);
    }
    Ok(tags::detach_others(tx, id, &kept).await?)
}
