//! Statuses at their addresses.

use serde_json::{Value, json};
use store::accounts::Account;
use store::statuses::{Status, Visibility};
use store::{Reader, StatusId, documents, tombstones};
use wire::activity::write;

use super::Requester;
use crate::federation::outgoing::compose;
use crate::policy;
use crate::{App, Error, Result};

/// Answers on a page.
const REPLIES_PAGE: i64 = 60;

/// What is at the address of a status.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// The document, and whether everybody may read it.
    Document { document: Value, public: bool },
    /// It is a reblog: its activity is at another address.
    Elsewhere(String),
    /// It was public and is deleted.
    Gone,
}

/// What of a status is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Note,
    /// `Create` or `Announce`.
    Activity,
    Likes,
    Shares,
}

/// A part of `owner`'s status, as who asks may read it. What may not be read is not there.
///
/// Errors: `NotFound`.
pub async fn part(app: &App, owner: &Account, id: StatusId, part: Part, requester: &Requester) -> Result<Found> {
    let (owner, urls, now, requester) = (owner.clone(), app.urls().clone(), app.now_ms(), requester.clone());
    app.read(move |r| async move {
        let Some(status) = visible(&r, &owner, id, &requester).await? else {
            let gone = matches!(part, Part::Note) && tombstones::exists(&r, &format!("{}/statuses/{id}", owner.uri)).await?;
            return if gone { Ok(Found::Gone) } else { Err(Error::not_found()) };
        };
        if status.reblog_of_id.is_some() && part != Part::Activity {
            return Ok(Found::Elsewhere(status.uri));
        }
        let document = match part {
            Part::Note => compose::note(&r, &urls, id, now).await?.ok_or_else(Error::not_found)?,
            Part::Activity => compose::activity(&r, &urls, id, now).await?.ok_or_else(Error::not_found)?,
            Part::Likes => write::counted("Collection", &format!("{}/likes", status.uri), status.favourites_count),
            Part::Shares => write::counted("Collection", &format!("{}/shares", status.uri), status.reblogs_count),
        };
        Ok(Found::Document { document, public: is_public(&status) })
    })
    .await
}

fn is_public(status: &Status) -> bool {
    matches!(status.visibility(), Visibility::Public | Visibility::Unlisted)
}

/// `owner`'s own status, if who asks may see it. Who is blocked sees only what was sent to them by name.
///
/// Source: Mastodon's StatusPolicy
async fn visible(r: &Reader, owner: &Account, id: StatusId, requester: &Requester) -> Result<Option<Status>> {
    if *requester == Requester::Suspended {
        return Ok(None);
    }
    let status = match policy::visible_status(r, requester.account(), id).await {
        Ok(status) => status,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    if !status.local || status.account_id != owner.id {
        return Ok(None);
    }
    let is_by_name = matches!(status.visibility(), Visibility::Direct | Visibility::Limited);
    let is_shown = is_by_name || !requester.is_blocked_by(r, owner.id).await?;
    Ok(is_shown.then_some(status))
}

/// Which answers are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RepliesPage {
    /// Those of others than the author.
    pub others: bool,
    /// Above this one.
    pub after: StatusId,
}

/// The public answers to a status: one page, or the collection with this page in it as its first. Those of its author
/// come first, then those of others; ours are whole, those of other servers are named.
///
/// Errors: `NotFound`. Source: Mastodon's `replies` collections
pub async fn replies(app: &App, owner: &Account, id: StatusId, page: RepliesPage, is_page: bool, requester: &Requester) -> Result<Found> {
    let (owner, urls, now, requester) = (owner.clone(), app.urls().clone(), app.now_ms(), requester.clone());
    app.read(move |r| async move {
        let status = visible(&r, &owner, id, &requester).await?.filter(|s| s.reblog_of_id.is_none()).ok_or_else(Error::not_found)?;
        let all = format!("{}/replies", status.uri);
        let rows = documents::list_replies(&r, id, owner.id, !page.others, page.after, REPLIES_PAGE).await?;
        let ours: Vec<StatusId> = rows.iter().filter(|reply| reply.local).map(|reply| reply.id).collect();
        let notes = compose::load(&r, &ours, now).await?;
        let shown = rows.iter().map(|reply| (reply.id, notes.note(&urls, reply.id).unwrap_or_else(|| reply.uri.clone().into())));
        let shown = page_of_replies(&all, page, shown.collect());
        let document = if is_page { shown } else { json!({ "id": all, "type": "Collection", "first": shown }) };
        Ok(Found::Document { document, public: is_public(&status) })
    })
    .await
}

fn page_of_replies(all: &str, page: RepliesPage, shown: Vec<(StatusId, Value)>) -> Value {
    let full = i64::try_from(shown.len()).is_ok_and(|len| len >= REPLIES_PAGE);
    let next = match (full, shown.last(), page.others) {
        (true, Some((last, _)), others) => Some(RepliesPage { others, after: *last }),
        // The author's own are over.
        (_, _, false) => Some(RepliesPage { others: true, after: StatusId(0) }),
        _ => None,
    };
    let mut document = json!({ "id": address(all, page), "type": "CollectionPage", "partOf": all });
    if let Some(next) = next {
        document["next"] = address(all, next).into();
    }
    document["items"] = shown.into_iter().map(|(_, shown)| shown).collect();
    document
}

fn address(all: &str, page: RepliesPage) -> String {
    let after = if page.after.0 > 0 { format!("min_id={}&", page.after) } else { String::new() };
    let others = if page.others { "only_other_accounts=true&" } else { "" };
    format!("{all}?{after}{others}page=true")
}
