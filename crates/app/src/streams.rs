//! What streams need to know: who of those listening an event concerns, and what a token may listen to.
//! The sockets are in `web`; each question here takes a fixed number of statements, however many listen.

use std::collections::HashSet;

use store::statuses::{Status, Visibility};
use store::{AccountId, ListId, StatusId, TokenId, Tx, statuses, streams, tags};

use crate::bus::{self, Event};
use crate::timelines::Origin;
use crate::timelines::access::{Access, Sides, Topic};
use crate::{App, Result, Viewer};

/// Whether a token still opens anything. Asked once a socket is known to the hub, so that no revocation
/// falls between.
pub async fn token_opens(app: &App, token: TokenId) -> Result<bool> {
    app.read(move |r| async move { Ok(streams::token_opens(&r, token).await?) }).await
}

pub async fn owns_list(app: &App, viewer: &Viewer, list: ListId) -> Result<bool> {
    let account = viewer.account_id;
    app.read(move |r| async move { Ok(streams::owns_list(&r, list, account).await?) }).await
}

/// Which statuses a viewer gets on public or hashtag streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedAccess {
    pub local: bool,
    pub remote: bool,
}

/// What the settings of the instance leave the viewer of the public streams, or of hashtags.
pub fn feed_access(app: &App, viewer: &Viewer, topic: Topic) -> Result<FeedAccess> {
    let access = Access::of(&app.settings, topic, Sides::default(), Some(viewer))?;
    let origin = access.origin();
    Ok(FeedAccess {
        local: matches!(origin, Some(Origin::Everywhere | Origin::Local)),
        remote: matches!(origin, Some(Origin::Everywhere | Origin::Remote)),
    })
}

/// Where a public status belongs.
#[derive(Clone, Debug)]
pub struct Placed {
    author: AccountId,
    domain: String,
    about: Vec<AccountId>,
    pub local: bool,
    pub has_media: bool,
    /// It also belongs to the public streams: it answers nobody but its author.
    pub is_public: bool,
    /// Normalised names.
    pub tags: Vec<String>,
    pub language: Option<String>,
}

/// The public and hashtag streams of a status; `None` if it belongs to none: it is not public, a reblog,
/// or its author is limited or suspended.
pub async fn place(app: &App, status: StatusId) -> Result<Option<Placed>> {
    app.read(move |r| async move {
        let Some(found) = streams::find_placing(&r, status).await? else { return Ok(None) };
        if found.visibility != Visibility::Public as i64 || found.reblog_of_id.is_some() || found.unwanted {
            return Ok(None);
        }
        let ids = [status];
        let (tags, mentions) = futures_util::try_join!(tags::list(&r, &ids), statuses::list_mentions(&r, &ids))?;
        Ok(Some(Placed {
            author: found.account_id,
            domain: found.domain,
            about: mentions.iter().map(|mention| mention.account_id).chain([found.account_id]).collect(),
            local: found.local,
            has_media: found.has_media,
            is_public: found.in_reply_to_account_id.is_none_or(|to| to == found.account_id),
            tags: tags.into_iter().map(|tag| tag.name).collect(),
            language: found.language,
        }))
    })
    .await
}

/// Which of `viewers` are not to get a status on a public stream: blocks either way, mutes, blocked hosts.
pub async fn unwilling(app: &App, placed: &Placed, viewers: Vec<AccountId>) -> Result<HashSet<AccountId>> {
    let Placed { author, domain, about, .. } = placed.clone();
    app.read(move |r| async move { Ok(streams::list_unwilling(&r, &viewers, author, &domain, &about).await?.into_iter().collect()) }).await
}

/// Who has a status in a feed.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    pub homes: Vec<(AccountId, StatusId)>,
    pub lists: Vec<(ListId, StatusId)>,
}

/// Which of those listening have which of `statuses` in their home or list feed.
pub async fn holders(app: &App, statuses: Vec<StatusId>, homes: Vec<AccountId>, lists: Vec<ListId>) -> Result<Holders> {
    if homes.is_empty() && lists.is_empty() {
        return Ok(Holders::default());
    }
    app.read(move |r| async move {
        let (homes, lists) = futures_util::try_join!(streams::in_homes(&r, &homes, &statuses), streams::in_lists(&r, &lists, &statuses))?;
        Ok(Holders { homes, lists })
    })
    .await
}

/// Publishes what streams are to tell of a status that was hidden just now. Followers are told by
/// `queue::RemoveStatus`, which takes it out of their feeds, and of its reblogs by `queue::RemoveReblogs`.
pub(crate) async fn withdraw(tx: &Tx, status: &Status) -> Result<()> {
    let mentioned = statuses::list_mentions(tx, &[status.id]).await?.into_iter().map(|mention| mention.account_id);
    bus::publish(tx, &Event::Deleted { status: status.id, accounts: mentioned.chain([status.account_id]).collect(), lists: Vec::new() });
    if status.visibility() != Visibility::Public || status.reblog_of_id.is_some() {
        return Ok(());
    }
    let Some(placing) = streams::find_placing(tx, status.id).await? else { return Ok(()) };
    let tags = tags::list(tx, &[status.id]).await?.into_iter().map(|tag| tag.name).collect();
    bus::publish(tx, &Event::Withdrawn { status: status.id, local: placing.local, has_media: placing.has_media, tags });
    Ok(())
}
