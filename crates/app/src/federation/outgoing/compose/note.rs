//! Notes and questions: statuses as others read them.

use std::collections::HashMap;

use serde_json::{Value, json};
use store::accounts::{self, Account};
use store::documents::{self, Attachment, Emoji, Mentioned, SelfReply, Thread};
use store::polls::{self, Poll, PollOption};
use store::statuses::{self, Status, Visibility};
use store::tags::{self, StatusTag};
use store::{AccountId, PollId, Reader, StatusId};
use wire::DateTime;
use wire::activity::{PUBLIC, write};

use super::parts::{emoji, hashtag, of_actor};
use crate::Result;
use crate::urls::Urls;

/// An author's own answers that a status names itself; the rest are on further pages.
const SELF_REPLIES: i64 = 5;
/// `media_attachments.focus_x`: millionths.
const FOCUS_UNIT: f64 = 1_000_000.0;

/// Everything needed to write some statuses: twelve statements at most, however many they are.
pub struct Notes {
    pub(super) statuses: HashMap<StatusId, Status>,
    pub(super) authors: HashMap<AccountId, Account>,
    threads: HashMap<StatusId, Thread>,
    mentioned: HashMap<StatusId, Vec<Mentioned>>,
    tags: HashMap<StatusId, Vec<StatusTag>>,
    attachments: HashMap<StatusId, Vec<Attachment>>,
    self_replies: HashMap<StatusId, Vec<SelfReply>>,
    polls: HashMap<PollId, Poll>,
    options: HashMap<PollId, Vec<PollOption>>,
    emojis: Vec<Emoji>,
    pub(super) now_ms: i64,
}

/// To whom a document is addressed; always lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    pub to: Vec<String>,
    pub cc: Vec<String>,
}

/// The `Note` or `Question` of a local status; `None` for a reblog and what is not there. The caller decides who may
/// read it.
pub async fn note(r: &Reader, urls: &Urls, id: StatusId, now_ms: i64) -> Result<Option<Value>> {
    Ok(load(r, &[id], now_ms).await?.note(urls, id))
}

/// Loads what [`Notes::note`] and [`Notes::activity`] need for `ids` and for what they reblog.
pub async fn load(r: &Reader, ids: &[StatusId], now_ms: i64) -> Result<Notes> {
    let mut rows = statuses::list(r, ids).await?;
    let originals: Vec<StatusId> = rows.iter().filter_map(|s| s.reblog_of_id).filter(|id| !ids.contains(id)).collect();
    rows.extend(statuses::list(r, &originals).await?);
    // Those of others are named, not written.
    let ours: Vec<StatusId> = rows.iter().filter(|s| s.local && s.reblog_of_id.is_none()).map(|s| s.id).collect();
    let polls: Vec<PollId> = rows.iter().filter(|s| s.local).filter_map(|s| s.poll_id).collect();
    let authors: Vec<AccountId> = rows.iter().map(|s| s.account_id).collect();
    let mut loaded = Notes {
        authors: accounts::list(r, &authors).await?.into_iter().map(|a| (a.id, a)).collect(),
        threads: HashMap::new(),
        mentioned: HashMap::new(),
        tags: grouped(tags::list(r, &ours).await?, |tag| tag.status_id),
        attachments: HashMap::new(),
        self_replies: HashMap::new(),
        polls: HashMap::new(),
        options: HashMap::new(),
        emojis: Vec::new(),
        statuses: HashMap::new(),
        now_ms,
    };
    if !ours.is_empty() {
        let (threads, mentioned, attachments, replies) = futures_util::try_join!(
            documents::list_threads(r, &ours),
            documents::list_mentioned(r, &ours),
            documents::list_attachments(r, &ours),
            documents::list_self_replies(r, &ours, SELF_REPLIES)
        )?;
        loaded.threads = threads.into_iter().map(|thread| (thread.status_id, thread)).collect();
        loaded.mentioned = grouped(mentioned, |mention| mention.status_id);
        loaded.attachments = grouped(attachments, |attachment| attachment.status_id);
        loaded.self_replies = grouped(replies, |reply| reply.parent);
    }
    if !polls.is_empty() {
        loaded.polls = polls::list(r, &polls).await?.into_iter().map(|poll| (poll.id, poll)).collect();
        loaded.options = grouped(polls::list_options(r, &polls).await?, |option| option.poll_id);
    }
    loaded.statuses = rows.into_iter().map(|s| (s.id, s)).collect();
    let texts: Vec<&str> = ours.iter().filter_map(|id| loaded.statuses.get(id)).flat_map(|s| loaded.texts(s)).collect();
    let shortcodes: Vec<String> = texts.into_iter().flat_map(text::emoji::shortcodes).map(str::to_owned).collect();
    loaded.emojis = documents::list_emojis(r, &shortcodes).await?;
    Ok(loaded)
}

fn grouped<K: std::hash::Hash + Eq, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut groups: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

impl Notes {
    /// The `Note` or `Question` of a local status; `None` for a reblog and what was not loaded.
    ///
    /// Source: docs.joinmastodon.org/spec/activitypub/#properties-used, FEP-044f (interactionPolicy)
    pub fn note(&self, urls: &Urls, id: StatusId) -> Option<Value> {
        let s = self.statuses.get(&id).filter(|s| s.local && s.reblog_of_id.is_none())?;
        let author = self.authors.get(&s.account_id).filter(|author| author.is_local())?;
        let audience = self.audience(id)?;
        let thread = self.threads.get(&id);
        let poll = s.poll_id.and_then(|poll| self.polls.get(&poll));
        let mut note = json!({
            "id": s.uri,
            "type": if poll.is_some() { "Question" } else { "Note" },
            "summary": (!s.spoiler_text.is_empty()).then_some(&s.spoiler_text),
            "inReplyTo": thread.and_then(|thread| thread.in_reply_to.as_ref()),
            "published": DateTime(s.created_at).to_string(),
            "url": s.url.as_ref().unwrap_or(&s.uri),
            "attributedTo": author.uri,
            "to": audience.to,
            "cc": audience.cc,
            "sensitive": s.sensitive || author.sensitized_at.is_some(),
        });
        with_conversation(&mut note, urls, thread);
        if !s.visibility().counts_as_reply() {
            note["directMessage"] = (s.visibility() == Visibility::Direct).into();
        }
        note["content"] = s.content.clone().into();
        if let Some(language) = &s.language {
            note["contentMap"] = json!({ language: s.content });
        }
        if let Some(edited) = s.edited_at {
            note["updated"] = DateTime(edited).to_string().into();
        }
        // Nobody, as Mastodon writes it, whatever the author prefers: a QuoteRequest would not be answered.
        note["interactionPolicy"] = json!({ "canQuote": { "automaticApproval": [author.uri] } });
        note["attachment"] = self.attachments.get(&id).into_iter().flatten().map(|a| attachment(urls, a)).collect();
        note["tag"] = self.tags(urls, s);
        note["replies"] = self.replies(s);
        note["likes"] = write::counted("Collection", &format!("{}/likes", s.uri), s.favourites_count);
        note["shares"] = write::counted("Collection", &format!("{}/shares", s.uri), s.reblogs_count);
        if let Some(poll) = poll {
            self.with_poll(&mut note, poll);
        }
        Some(note)
    }

    /// The note if everybody may read it, else its address.
    pub fn note_or_address(&self, urls: &Urls, id: StatusId) -> Option<Value> {
        let status = self.statuses.get(&id)?;
        match status.visibility() {
            Visibility::Public | Visibility::Unlisted => self.note(urls, id),
            Visibility::Private | Visibility::Direct | Visibility::Limited => Some(status.uri.clone().into()),
        }
    }

    /// To whom a status or a reblog is addressed.
    ///
    /// Source: docs.joinmastodon.org/spec/activitypub/#sanitization and Mastodon's own documents
    pub fn audience(&self, id: StatusId) -> Option<Audience> {
        let s = self.statuses.get(&id)?;
        let author = self.authors.get(&s.account_id)?;
        let followers = of_actor(&author.uri, "followers");
        let mentioned = self.mentioned.get(&id).map(Vec::as_slice).unwrap_or_default();
        let mut named: Vec<String> = mentioned.iter().map(|mention| mention.uri.clone()).collect();
        if let Some(original) = s.reblog_of_id {
            let author = self.statuses.get(&original).and_then(|original| self.authors.get(&original.account_id));
            named.extend(author.map(|author| author.uri.clone()));
        }
        let public = PUBLIC.to_owned();
        let (to, first) = match s.visibility() {
            Visibility::Public => (vec![public], Some(followers)),
            Visibility::Unlisted => (vec![followers], Some(public)),
            Visibility::Private => (vec![followers], None),
            Visibility::Direct | Visibility::Limited => {
                // Whom a moderator has limited speaks to nobody but their followers.
                let reached = mentioned.iter().filter(|mention| author.silenced_at.is_none() || mention.follows);
                let to = reached.map(|mention| mention.uri.clone()).collect();
                return Some(Audience { to, cc: Vec::new() });
            }
        };
        Some(Audience { to, cc: first.into_iter().chain(named).collect() })
    }

    /// What custom emojis can be in.
    fn texts<'a>(&'a self, s: &'a Status) -> impl Iterator<Item = &'a str> {
        let options = s.poll_id.and_then(|poll| self.options.get(&poll)).into_iter().flatten();
        [s.spoiler_text.as_str(), s.text.as_str()].into_iter().chain(options.map(|option| option.title.as_str()))
    }

    fn tags(&self, urls: &Urls, s: &Status) -> Value {
        let mentions = self.mentioned.get(&s.id).into_iter().flatten().map(|m| {
            let domain = if m.domain.is_empty() { &urls.account_domain } else { &m.domain };
            json!({ "type": "Mention", "href": m.uri, "name": format!("@{}@{domain}", m.username) })
        });
        let hashtags = self.tags.get(&s.id).into_iter().flatten().map(|tag| hashtag(urls, &tag.name));
        let used = self.texts(s).flat_map(text::emoji::shortcodes).collect::<Vec<_>>();
        let emojis = self.emojis.iter().filter(|known| used.contains(&known.shortcode.as_str())).map(|known| emoji(urls, known));
        mentions.chain(hashtags).chain(emojis).collect()
    }

    /// The collection of answers, its first page in it: the author's own. Those of others are on the next ones.
    fn replies(&self, s: &Status) -> Value {
        let own = self.self_replies.get(&s.id).map(Vec::as_slice).unwrap_or_default();
        let all = format!("{}/replies", s.uri);
        json!({ "id": all, "type": "Collection", "first": first_replies(&all, own) })
    }

    fn with_poll(&self, note: &mut Value, poll: &Poll) {
        let expired = poll.expired(self.now_ms);
        let options = self.options.get(&poll.id).into_iter().flatten().map(|option| {
            // Before the end nobody is told what must not be shown.
            let shown = (expired || !poll.hide_totals).then_some(option.votes_count);
            let mut replies = json!({ "type": "Collection" });
            if let Some(votes) = shown {
                replies["totalItems"] = votes.into();
            }
            json!({ "type": "Note", "name": option.title, "replies": replies })
        });
        note[if poll.multiple { "anyOf" } else { "oneOf" }] = options.collect();
        if let Some(at) = poll.expires_at {
            note["endTime"] = DateTime(at).to_string().into();
            if expired {
                note["closed"] = DateTime(at).to_string().into();
            }
        }
        if let Some(voters) = poll.voters_count {
            note["votersCount"] = voters.into();
        }
    }
}

/// The page of a status's answers that is in the status itself: `own` are its author's.
fn first_replies(all: &str, own: &[SelfReply]) -> Value {
    let next = match own.last() {
        Some(last) => format!("{all}?min_id={}&page=true", last.id),
        None => format!("{all}?only_other_accounts=true&page=true"),
    };
    let items: Vec<&str> = own.iter().map(|reply| reply.uri.as_str()).collect();
    json!({ "type": "CollectionPage", "partOf": all, "next": next, "items": items })
}

/// One that began elsewhere keeps its address, which need not be one that can be asked.
fn with_conversation(note: &mut Value, urls: &Urls, thread: Option<&Thread>) {
    let Some(thread) = thread else { return };
    let own = thread.conversation_id.map(|id| urls.context_uri(id));
    let Some(uri) = thread.conversation.clone().or(own) else { return };
    if uri.starts_with("http") {
        note["context"] = uri.clone().into();
    }
    note["conversation"] = uri.into();
}

fn attachment(urls: &Urls, a: &Attachment) -> Value {
    let mut shown = json!({
        "type": "Document",
        "mediaType": a.mime,
        "url": urls.media_url(&a.key),
        "name": a.description.as_ref().filter(|description| !description.is_empty()),
    });
    if let Some(blurhash) = &a.blurhash {
        shown["blurhash"] = blurhash.clone().into();
    }
    if let (Some(x), Some(y)) = (a.focus_x, a.focus_y) {
        shown["focalPoint"] = json!([x as f64 / FOCUS_UNIT, y as f64 / FOCUS_UNIT]);
    }
    if let (Some(width), Some(height)) = (a.width, a.height) {
        (shown["width"], shown["height"]) = (width.into(), height.into());
    }
    if let (Some(mime), Some(key)) = (&a.thumbnail_mime, &a.thumbnail_key) {
        shown["icon"] = json!({ "type": "Image", "mediaType": mime, "url": urls.media_url(key) });
    }
    shown
}
