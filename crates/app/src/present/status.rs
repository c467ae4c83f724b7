//! Statuses.

use std::collections::{HashMap, HashSet};

use store::accounts::{self, Account};
use store::media::{self, Media};
use store::statuses::{self, Mention, Status, Visibility};
use store::tags::{self, StatusTag};
use store::{AccountId, PollId, Reader, StatusId};
use wire::mastodon as m;
use wire::{DateTime, Id};

use super::account::{account, remote_emojis};
use super::media::media as attachment;
use super::poll;
use crate::statuses::quote_policy::{self, Group};
use crate::urls::Urls;
use crate::{App, Error, Result, Viewer};

/// Everything needed to show some statuses: seven queries, however many they are, and three more if
/// there are polls among them.
pub struct Loaded {
    statuses: HashMap<StatusId, Status>,
    accounts: HashMap<AccountId, Account>,
    media: HashMap<StatusId, Vec<Media>>,
    mentions: HashMap<StatusId, Vec<Mention>>,
    tags: HashMap<StatusId, Vec<StatusTag>>,
    polls: poll::Loaded,
    /// By the numbers of `statuses::list_marks`.
    marks: HashSet<(i64, StatusId)>,
    now_ms: i64,
}

/// These statuses in the order of `ids`; what is deleted is left out. The caller has decided that the
/// viewer may see them.
pub async fn statuses(app: &App, viewer: Option<&Viewer>, ids: Vec<StatusId>) -> Result<Vec<m::Status>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (me, wanted) = (viewer.map(|v| v.account_id), ids.clone());
    let now = app.now_ms();
    let loaded = app.read(move |r| async move { load(&r, me, &wanted, now).await }).await?;
    Ok(ids.iter().filter_map(|id| loaded.status(app.urls(), me, *id)).collect())
}

/// One status. Errors: `NotFound` when it is deleted.
pub async fn status(app: &App, viewer: Option<&Viewer>, id: StatusId) -> Result<m::Status> {
    statuses(app, viewer, vec![id]).await?.pop().ok_or_else(Error::not_found)
}

/// One status as the answer to its deletion: its source text instead of HTML.
pub async fn deleted(app: &App, viewer: &Viewer, id: StatusId) -> Result<m::Status> {
    let me = Some(viewer.account_id);
    let now = app.now_ms();
    let loaded = app.read(move |r| async move { load(&r, me, &[id], now).await }).await?;
    let mut shown = loaded.status(app.urls(), me, id).ok_or_else(Error::not_found)?;
    shown.content = None;
    shown.text = loaded.statuses.get(&id).map(|s| s.text.clone());
    Ok(shown)
}

/// Loads what [`Loaded::status`] needs for `ids`.
pub async fn load(r: &Reader, viewer: Option<AccountId>, ids: &[StatusId], now_ms: i64) -> Result<Loaded> {
    let mut rows = statuses::list(r, ids).await?;
    let originals: Vec<StatusId> = rows.iter().filter_map(|s| s.reblog_of_id).collect();
    rows.extend(statuses::list(r, &originals).await?);
    let statuses: HashMap<StatusId, Status> = rows.into_iter().map(|s| (s.id, s)).collect();
    // Wrappers carry nothing of their own.
    let full: Vec<StatusId> = statuses.values().filter(|s| s.reblog_of_id.is_none()).map(|s| s.id).collect();
    let all: Vec<StatusId> = statuses.keys().copied().collect();
    let authors: Vec<AccountId> = statuses.values().map(|s| s.account_id).collect::<HashSet<_>>().into_iter().collect();
    let of_polls: Vec<PollId> = statuses.values().filter_map(|s| s.poll_id).collect();
    let marks = async {
        match viewer {
            Some(viewer) => statuses::list_marks(r, viewer, &all).await,
            None => Ok(Vec::new()),
        }
    };
    let polls = async { poll::load(r, viewer, &of_polls).await };
    let (accounts, media, mentions, tags, marks) = futures_util::try_join!(
        accounts::list(r, &authors),
        media::list_of_statuses(r, &full),
        statuses::list_mentions(r, &full),
        tags::list(r, &full),
        marks
    )?;
    Ok(Loaded {
        accounts: accounts.into_iter().map(|a| (a.id, a)).collect(),
        media: grouped(media, |m| m.status_id.unwrap_or_default()),
        mentions: grouped(mentions, |m| m.status_id),
        tags: grouped(tags, |t| t.status_id),
        polls: polls.await?,
        marks: marks.into_iter().collect(),
        now_ms,
        statuses,
    })
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> StatusId) -> HashMap<StatusId, Vec<T>> {
    let mut groups: HashMap<StatusId, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

impl Loaded {
    /// The entity of one of the loaded statuses.
    pub fn status(&self, urls: &Urls, viewer: Option<AccountId>, id: StatusId) -> Option<m::Status> {
        let status = self.statuses.get(&id)?;
        let Some(original) = status.reblog_of_id else { return self.shallow(urls, viewer, id) };
        let mut shown = self.shallow(urls, viewer, id)?;
        let inner = self.shallow(urls, viewer, original)?;
        shown.reblogged = inner.reblogged;
        shown.favourited = inner.favourited;
        shown.bookmarked = inner.bookmarked;
        shown.muted = inner.muted;
        shown.quote_approval = inner.quote_approval.clone();
        shown.sensitive = inner.sensitive;
        shown.spoiler_text = inner.spoiler_text.clone();
        shown.media_attachments = inner.media_attachments.clone();
        shown.mentions = inner.mentions.clone();
        shown.tags = inner.tags.clone();
        shown.emojis = inner.emojis.clone();
        shown.language = inner.language.clone();
        shown.reblog = Some(Box::new(inner));
        Some(shown)
    }

    fn shallow(&self, urls: &Urls, viewer: Option<AccountId>, id: StatusId) -> Option<m::Status> {
        let s = self.statuses.get(&id)?;
        // A suspended author's statuses are gone at once, though their rows and feed entries go by and by.
        let author = self.accounts.get(&s.account_id).filter(|author| author.suspended_at.is_none())?;
        let own = viewer == Some(s.account_id);
        let marked = |kind: i64| self.marks.contains(&(kind, id));
        let for_viewer = |kind: i64| viewer.map(|_| marked(kind));
        let application = s.application_name.clone().map(|name| m::StatusApplication { name, website: s.application_website.clone() });
        Some(m::Status {
            id: Id(s.id.0),
            uri: s.uri.clone(),
            created_at: DateTime(s.created_at),
            account: account(urls, author),
            content: Some(s.content.clone()),
            visibility: visibility(s.visibility()),
            sensitive: s.sensitive || (author.sensitized_at.is_some() && !own),
            spoiler_text: s.spoiler_text.clone(),
            media_attachments: self.media.get(&id).map(|list| list.iter().map(|m| attachment(urls, m)).collect()).unwrap_or_default(),
            application: s.local.then_some(application),
            mentions: self.mentions.get(&id).map(|list| list.iter().map(mention).collect()).unwrap_or_default(),
            tags: self
                .tags
                .get(&id)
                .map(|list| list.iter().map(|t| m::StatusTag { name: t.name.clone(), url: urls.tag_url(&t.name) }).collect())
                .unwrap_or_default(),
            reblogs_count: s.reblogs_count,
            favourites_count: s.favourites_count,
            replies_count: s.replies_count,
            url: Some(s.url.clone().unwrap_or_else(|| s.uri.clone())),
            in_reply_to_id: s.in_reply_to_id.map(|id| Id(id.0)),
            in_reply_to_account_id: s.in_reply_to_account_id.map(|id| Id(id.0)),
            language: s.language.clone(),
            edited_at: s.edited_at.map(DateTime),
            emojis: match s.local {
                true => urls.emojis.in_texts([s.spoiler_text.as_str(), s.text.as_str()]),
                false => remote_emojis(urls, &s.emojis, &[s.spoiler_text.as_str(), s.content.as_str()]),
            },
            favourited: for_viewer(statuses::FAVOURITED),
            reblogged: for_viewer(statuses::REBLOGGED),
            bookmarked: for_viewer(statuses::BOOKMARKED),
            muted: for_viewer(statuses::MUTED),
            pinned: (own && s.reblog_of_id.is_none() && s.visibility() != Visibility::Direct).then(|| marked(statuses::PINNED)),
            poll: s.poll_id.and_then(|poll| self.polls.poll(urls, viewer, self.now_ms, poll)),
            quote_approval: self.quote_approval(viewer, s),
            filtered: viewer.map(|_| Vec::new()),
            ..m::Status::default()
        })
    }
}

impl Loaded {
    /// Who may quote it, and whether the viewer may.
    fn quote_approval(&self, viewer: Option<AccountId>, s: &Status) -> m::QuoteApproval {
        let (automatic, manual) = quote_policy::groups(s.quote_approval_policy);
        let is_one = |groups: &[Group], group, kind| groups.contains(&group) && self.marks.contains(&(kind, s.id));
        let meets = |groups: &[Group]| {
            groups.contains(&Group::Public)
                || is_one(groups, Group::Followers, statuses::FOLLOWER)
                || is_one(groups, Group::Following, statuses::FOLLOWED)
        };
        let is_secret = matches!(s.visibility(), Visibility::Direct | Visibility::Limited);
        let current_user = match viewer {
            None => m::QuoteApprovalState::Denied,
            Some(_) if is_secret => m::QuoteApprovalState::Denied,
            Some(viewer) if viewer == s.account_id || meets(&automatic) => m::QuoteApprovalState::Automatic,
            Some(_) if meets(&manual) => m::QuoteApprovalState::Manual,
            Some(_) if automatic.contains(&Group::Unsupported) || manual.contains(&Group::Unsupported) => m::QuoteApprovalState::Unknown,
            Some(_) => m::QuoteApprovalState::Denied,
        };
        let words = |groups: Vec<Group>| groups.into_iter().map(approval_group).collect();
        m::QuoteApproval { automatic: words(automatic), manual: words(manual), current_user }
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
