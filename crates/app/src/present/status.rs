//! Statuses.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use store::media::{self, Media};
use store::statuses::{self, Marked, Mention, Status, Visibility};
use store::tags::{self, StatusTag};
use store::{AccountId, ConversationId, PollId, Reader, StatusId};
use wire::mastodon as m;
use wire::{DateTime, Id};

use super::account::{self, remote_emojis};
use super::media::media as attachment;
use super::poll;
use super::view::{View, view};
use crate::cache::cards::{AccountCard, StatusCard};
use crate::cache::context::Context;
use crate::policy::quotes::{self, Group};
use crate::{App, Error, Result, Viewer};

/// Everything needed to show some statuses.
pub struct Loaded {
    view: View,
    statuses: HashMap<StatusId, Arc<StatusCard>>,
    accounts: HashMap<AccountId, Arc<AccountCard>>,
    polls: poll::Loaded,
    /// By the numbers of `statuses::list_marks`.
    marks: Arc<HashSet<(i64, i64)>>,
}

/// These statuses in the order of `ids`; what is deleted is left out. The caller has decided that the
/// viewer may see them.
pub async fn statuses(app: &App, viewer: Option<&Viewer>, ids: Vec<StatusId>) -> Result<Vec<m::Status>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    view(app, viewer.map(|v| v.account_id), move |r, view| async move { Ok(load(&r, &view, &ids).await?.statuses(&ids)) }).await
}

/// These statuses, if all of them are in memory, with the viewer's marks as they were kept. Polls never are.
pub(crate) fn from_memory(view: &View, ids: &[StatusId], marks: &Arc<HashSet<(i64, i64)>>) -> Option<Loaded> {
    let mut statuses = view.look.statuses(ids);
    let originals: Vec<StatusId> = statuses.values().filter_map(|card| card.reblog_of_id).collect();
    statuses.extend(view.look.statuses(&originals));
    let authors: Vec<AccountId> = statuses.values().map(|card| card.account_id).collect();
    let accounts = view.look.accounts(&authors);
    let has_all = ids.iter().chain(&originals).all(|id| statuses.contains_key(id)) && authors.iter().all(|id| accounts.contains_key(id));
    if !has_all || statuses.values().any(|card| card.poll_id.is_some()) {
        return None;
    }
    Some(Loaded { view: view.clone(), statuses, accounts, polls: poll::Loaded::default(), marks: marks.clone() })
}

/// One status. Errors: `NotFound` when it is deleted.
pub async fn status(app: &App, viewer: Option<&Viewer>, id: StatusId) -> Result<m::Status> {
    statuses(app, viewer, vec![id]).await?.pop().ok_or_else(Error::not_found)
}

/// One status as the answer to its deletion: its source text instead of HTML.
pub async fn deleted(app: &App, viewer: &Viewer, id: StatusId) -> Result<m::Status> {
    view(app, Some(viewer.account_id), move |r, view| async move {
        let text = statuses::find(&r, id).await?.map(|row| row.text);
        let mut shown = load(&r, &view, &[id]).await?.status(id).ok_or_else(Error::not_found)?;
        shown.plain = m::PlainStatus { content: None, text, ..(*shown.plain).clone() }.into();
        Ok(shown)
    })
    .await
}

/// Loads what [`Loaded::status`] needs for `ids`: of what is in memory the viewer's marks only, one query; of the
/// rest with seven, however many they are. Polls take three more.
pub async fn load(r: &Reader, view: &View, ids: &[StatusId]) -> Result<Loaded> {
    let statuses = status_cards(r, view, ids).await?;
    let authors: Vec<AccountId> = statuses.values().map(|s| s.account_id).collect::<HashSet<_>>().into_iter().collect();
    let of_polls: Vec<PollId> = statuses.values().filter_map(|s| s.poll_id).collect();
    let marks = match view.me {
        Some(viewer) => statuses::list_marks(r, viewer, &marked(viewer, &statuses)).await?,
        None => Vec::new(),
    };
    Ok(Loaded {
        accounts: account::cards(r, view, &authors).await?,
        polls: poll::load(r, view.me, &of_polls).await?,
        marks: Arc::new(marks.into_iter().collect()),
        view: view.clone(),
        statuses,
    })
}

/// The cards of these statuses and of what they reblog.
async fn status_cards(r: &Reader, view: &View, ids: &[StatusId]) -> Result<HashMap<StatusId, Arc<StatusCard>>> {
    let mut cards = view.look.statuses(ids);
    let mut rows = statuses::list(r, &absent(ids.iter().copied(), &cards)).await?;
    let originals: HashSet<StatusId> =
        cards.values().filter_map(|card| card.reblog_of_id).chain(rows.iter().filter_map(|row| row.reblog_of_id)).collect();
    let originals = absent(originals.into_iter().filter(|id| rows.iter().all(|row| row.id != *id)), &cards);
    cards.extend(view.look.statuses(&originals));
    rows.extend(statuses::list(r, &absent(originals.into_iter(), &cards)).await?);
    // Wrappers carry nothing of their own.
    let full: Vec<StatusId> = rows.iter().filter(|row| row.reblog_of_id.is_none()).map(|row| row.id).collect();
    let mut media = grouped(media::list_of_statuses(r, &full).await?, |m| m.status_id.unwrap_or_default());
    let mut mentions = grouped(statuses::list_mentions(r, &full).await?, |m| m.status_id);
    let mut tags = grouped(tags::list(r, &full).await?, |t| t.status_id);
    for row in rows {
        let id = row.id;
        let of = Parts {
            media: media.remove(&id).unwrap_or_default(),
            mentions: mentions.remove(&id).unwrap_or_default(),
            tags: tags.remove(&id).unwrap_or_default(),
        };
        let made = Arc::new(card(view.context(), row, of));
        view.look.keep_status(id, &made);
        cards.insert(id, made);
    }
    Ok(cards)
}

/// What may be marked of these.
fn marked(viewer: AccountId, cards: &HashMap<StatusId, Arc<StatusCard>>) -> Marked {
    let conversations: HashSet<ConversationId> = cards.values().filter_map(|card| card.conversation_id).collect();
    Marked {
        statuses: cards.keys().copied().collect(),
        own: cards.iter().filter(|(_, card)| card.account_id == viewer).map(|(id, _)| *id).collect(),
        conversations: conversations.into_iter().collect(),
    }
}

fn absent(ids: impl Iterator<Item = StatusId>, cards: &HashMap<StatusId, Arc<StatusCard>>) -> Vec<StatusId> {
    ids.filter(|id| !cards.contains_key(id)).collect()
}

/// What hangs on a status.
struct Parts {
    media: Vec<Media>,
    mentions: Vec<Mention>,
    tags: Vec<StatusTag>,
}

/// What everybody sees of a status alike.
fn card(context: &Context, s: Status, of: Parts) -> StatusCard {
    let application = s.application_name.clone().map(|name| m::StatusApplication { name, website: s.application_website.clone() });
    let (visible_to, groups) = (s.visibility(), quotes::groups(s.quote_approval_policy));
    let words = |groups: Vec<Group>| groups.into_iter().map(approval_group).collect();
    let carried = m::CarriedStatus {
        media_attachments: of.media.iter().map(|m| attachment(context, m)).collect(),
        mentions: of.mentions.iter().map(mention).collect(),
        tags: of.tags.into_iter().map(|t| m::StatusTag { url: context.urls.tag_url(&t.name), name: t.name }).collect(),
        emojis: match s.local {
            true => context.emojis.in_texts([s.spoiler_text.as_str(), s.text.as_str()]),
            false => remote_emojis(context, &s.emojis, &[s.spoiler_text.as_str(), s.content.as_str()]),
        },
        spoiler_text: s.spoiler_text,
        language: s.language,
    };
    let plain = m::PlainStatus {
        id: Id(s.id.0),
        created_at: DateTime(s.created_at),
        visibility: visibility(visible_to),
        application: s.local.then_some(application),
        reblogs_count: s.reblogs_count,
        favourites_count: s.favourites_count,
        replies_count: s.replies_count,
        url: Some(s.url.unwrap_or_else(|| s.uri.clone())),
        in_reply_to_id: s.in_reply_to_id.map(|id| Id(id.0)),
        in_reply_to_account_id: s.in_reply_to_account_id.map(|id| Id(id.0)),
        edited_at: s.edited_at.map(DateTime),
        uri: s.uri,
        content: Some(s.content),
        ..m::PlainStatus::default()
    };
    StatusCard {
        account_id: s.account_id,
        visibility: visible_to,
        reblog_of_id: s.reblog_of_id,
        poll_id: s.poll_id,
        conversation_id: s.conversation_id,
        sensitive: s.sensitive,
        // What its author prefers; nobody can quote yet.
        quote_approval: m::QuoteApproval { automatic: words(groups.0), manual: words(groups.1), ..m::QuoteApproval::default() },
        plain: plain.into(),
        carried: carried.into(),
    }
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> StatusId) -> HashMap<StatusId, Vec<T>> {
    let mut groups: HashMap<StatusId, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

impl Loaded {
    /// What the viewer has done with them.
    pub(crate) fn marks(&self) -> &Arc<HashSet<(i64, i64)>> {
        &self.marks
    }

    /// The entities of these in this order; what is deleted is left out.
    pub fn statuses(&self, ids: &[StatusId]) -> Vec<m::Status> {
        ids.iter().filter_map(|id| self.status(*id)).collect()
    }

    /// The entity of one of the loaded statuses.
    pub fn status(&self, id: StatusId) -> Option<m::Status> {
        let status = self.statuses.get(&id)?;
        let mut shown = self.shallow(id)?;
        let Some(original) = status.reblog_of_id else { return Some(shown) };
        let inner = self.shallow(original)?;
        shown.reblogged = inner.reblogged;
        shown.favourited = inner.favourited;
        shown.bookmarked = inner.bookmarked;
        shown.muted = inner.muted;
        shown.quote_approval = inner.quote_approval.clone();
        shown.sensitive = inner.sensitive;
        shown.carried = inner.carried.clone();
        shown.reblog = Some(Box::new(inner));
        Some(shown)
    }

    fn shallow(&self, id: StatusId) -> Option<m::Status> {
        let viewer = self.view.me;
        let s = self.statuses.get(&id)?;
        // A suspended author's statuses are gone at once, though their rows and feed entries go by and by.
        let author = self.accounts.get(&s.account_id).filter(|author| !author.suspended)?;
        let own = viewer == Some(s.account_id);
        let marked = |kind: i64| self.marks.contains(&(kind, id.0));
        let for_viewer = |kind: i64| viewer.map(|_| marked(kind));
        Some(m::Status {
            plain: s.plain.clone(),
            carried: s.carried.clone(),
            account: author.shown.clone(),
            sensitive: s.sensitive || author.sensitized && !own,
            favourited: for_viewer(statuses::FAVOURITED),
            reblogged: for_viewer(statuses::REBLOGGED),
            bookmarked: for_viewer(statuses::BOOKMARKED),
            muted: viewer.map(|_| s.conversation_id.is_some_and(|id| self.marks.contains(&(statuses::MUTED, id.0)))),
            pinned: (own && s.reblog_of_id.is_none() && s.visibility != Visibility::Direct).then(|| marked(statuses::PINNED)),
            poll: s.poll_id.and_then(|poll| self.polls.poll(self.view.context(), viewer, self.view.now_ms, poll)),
            quote_approval: s.quote_approval.clone(),
            filtered: viewer.map(|_| Vec::new()),
            reblog: None,
        })
    }
}

fn approval_group(group: Group) -> m::ApprovalGroup {
    match group {
        Group::Public => m::ApprovalGroup::Public,
        Group::Followers => m::ApprovalGroup::Followers,
        Group::Following => m::ApprovalGroup::Following,
        Group::Unsupported => m::ApprovalGroup::UnsupportedPolicy,
    }
}

pub(crate) fn visibility(v: Visibility) -> m::Visibility {
    match v {
        Visibility::Public => m::Visibility::Public,
        Visibility::Unlisted => m::Visibility::Unlisted,
        Visibility::Private | Visibility::Limited => m::Visibility::Private,
        Visibility::Direct => m::Visibility::Direct,
    }
}

fn mention(row: &Mention) -> m::Mention {
    m::Mention {
        id: Id(row.account_id.0),
        username: row.username.clone(),
        url: row.url.clone().unwrap_or_else(|| row.uri.clone()),
        acct: if row.domain.is_empty() { row.username.clone() } else { format!("{}@{}", row.username, row.domain) },
    }
}
