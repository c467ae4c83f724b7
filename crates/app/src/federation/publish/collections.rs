//! An actor's outbox, its followers and whom it follows. Each is a collection without items, and pages by id.

use serde_json::{Value, json};
use store::accounts::Account;
use store::page::Page;
use store::statuses::{self, AccountFilter};
use store::{ConversationId, FollowId, StatusId, documents};

use super::Requester;
use crate::federation::outgoing::compose;
use crate::{App, Error, Result, tags};

/// Activities on a page, as Mastodon.
pub const OUTBOX_PAGE: i64 = 20;
/// Addresses on a page.
pub const PEOPLE_PAGE: i64 = 40;
const CONVERSATION_PAGE: i64 = 60;

/// The collection itself: what it holds is on its pages. A hidden one says only how many there are.
fn collection(id: &str, total: i64, hidden: bool, last: bool) -> Value {
    let mut collection = json!({ "id": id, "type": "OrderedCollection", "totalItems": total });
    if !hidden {
        collection["first"] = format!("{id}?page=true").into();
        if last {
            collection["last"] = format!("{id}?min_id=0&page=true").into();
        }
    }
    collection
}

/// A page, newest first; `keys` are those of all rows it was made of.
fn page_of(id: &str, page: &Page, keys: &[i64], items: Vec<Value>) -> Value {
    let mut document = json!({ "id": address(id, page), "type": "OrderedCollectionPage", "partOf": id });
    let full = i64::try_from(keys.len()).is_ok_and(|len| len >= page.limit);
    if let Some(last) = keys.last().filter(|_| full) {
        document["next"] = address(id, &Page { max_id: Some(*last), ..Page::default() }).into();
    }
    if let Some(first) = keys.first() {
        document["prev"] = address(id, &Page { min_id: Some(*first), ..Page::default() }).into();
    }
    document["orderedItems"] = items.into();
    document
}

/// Always the same for the same page, so that a page's `id` is where it was found.
fn address(id: &str, page: &Page) -> String {
    let mut query = String::new();
    for (name, value) in [("max_id", page.max_id), ("min_id", page.min_id)] {
        if let Some(value) = value {
            query.push_str(&format!("{name}={value}&"));
        }
    }
    format!("{id}?{query}page=true")
}

/// What an account has said, as far as who asks may see it: `Create` and `Announce`, newest first. Whom it blocks finds
/// empty pages.
///
/// Source: Mastodon's AccountStatusesFilter
pub async fn outbox(app: &App, account: &Account, page: Option<Page>, requester: &Requester) -> Result<Value> {
    let id = compose::of_actor(&account.uri, "outbox");
    let Some(page) = page.map(|page| Page { limit: OUTBOX_PAGE, since_id: None, ..page }) else {
        return Ok(collection(&id, account.statuses_count, false, true));
    };
    let (owner, urls, now, requester) = (account.id, app.urls().clone(), app.now_ms(), requester.clone());
    let (keys, items) = app
        .read(move |r| async move {
            if requester.is_blocked_by(&r, owner).await? {
                return Ok((Vec::new(), Vec::new()));
            }
            let ids = statuses::account_page(&r, owner, requester.account(), AccountFilter::default(), &page).await?;
            let notes = compose::load(&r, &ids, now).await?;
            let items: Vec<Value> = ids.iter().filter_map(|id| notes.activity(&urls, *id)).collect();
            Ok((ids.iter().map(|id| id.0).collect::<Vec<i64>>(), items))
        })
        .await?;
    Ok(page_of(&id, &page, &keys, items))
}

/// Who follows an account.
///
/// Errors: `Forbidden` for a page of an account that hides them.
pub async fn followers(app: &App, account: &Account, page: Option<Page>) -> Result<Value> {
    let id = compose::of_actor(&account.uri, "followers");
    let (total, hidden) = (account.followers_count, account.hide_collections == Some(true));
    let Some(page) = asked(page, hidden)? else { return Ok(collection(&id, total, hidden, false)) };
    let owner = account.id;
    let rows = app.read(move |r| async move { Ok(documents::follower_addresses(&r, owner, &page).await?) }).await?;
    Ok(people(&id, total, &page, rows))
}

/// Whom an account follows.
///
/// Errors: as [`followers`].
pub async fn following(app: &App, account: &Account, page: Option<Page>) -> Result<Value> {
    let id = compose::of_actor(&account.uri, "following");
    let (total, hidden) = (account.following_count, account.hide_collections == Some(true));
    let Some(page) = asked(page, hidden)? else { return Ok(collection(&id, total, hidden, false)) };
    let owner = account.id;
    let rows = app.read(move |r| async move { Ok(documents::following_addresses(&r, owner, &page).await?) }).await?;
    Ok(people(&id, total, &page, rows))
}

fn asked(page: Option<Page>, hidden: bool) -> Result<Option<Page>> {
    if hidden && page.is_some() {
        return Err(Error::forbidden());
    }
    Ok(page.map(|page| Page { limit: PEOPLE_PAGE, since_id: None, ..page }))
}

fn people(id: &str, total: i64, page: &Page, rows: Vec<(FollowId, String)>) -> Value {
    let (keys, items): (Vec<i64>, Vec<Value>) = rows.into_iter().map(|(key, uri)| (key.0, Value::String(uri))).unzip();
    let mut document = page_of(id, page, &keys, items);
    document["totalItems"] = total.into();
    document
}

/// The instance's own actor says nothing.
pub fn silent_outbox(app: &App) -> Value {
    let id = compose::of_actor(&app.urls().instance_actor_uri(), "outbox");
    json!({ "id": id, "type": "OrderedCollection", "totalItems": 0, "orderedItems": [] })
}

/// What of a conversation is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thread {
    Whole,
    Items,
    /// Above this status.
    Page(StatusId),
}

/// What everybody may read of a conversation that began here, the oldest first, its first page in it.
///
/// Errors: `NotFound`, also where nothing may be read. Source: FEP-7888, Mastodon's ActivityPub::ContextsController
pub async fn conversation(app: &App, id: ConversationId, part: Thread) -> Result<Value> {
    let whole = app.urls().context_uri(id);
    let items = format!("{whole}/items");
    let above = if let Thread::Page(after) = part { after } else { StatusId(0) };
    let rows = app.read(move |r| async move { Ok(documents::list_conversation(&r, id, above, CONVERSATION_PAGE).await?) }).await?;
    if rows.is_empty() && above.0 == 0 {
        return Err(Error::not_found());
    }
    let address = |after: StatusId| {
        let after = if after.0 > 0 { format!("min_id={after}&") } else { String::new() };
        format!("{items}?{after}page=true")
    };
    let mut page = json!({ "id": address(above), "type": "CollectionPage", "partOf": whole });
    if let Some(last) = rows.last().filter(|_| i64::try_from(rows.len()).is_ok_and(|len| len >= CONVERSATION_PAGE)) {
        page["next"] = address(last.id).into();
    }
    let began_by = rows.first().and_then(|said| said.began_by.clone());
    page["items"] = rows.into_iter().map(|said| Value::String(said.uri)).collect();
    let mut document = match part {
        Thread::Page(_) => return Ok(page),
        Thread::Items => json!({ "id": items, "type": "Collection" }),
        Thread::Whole => json!({ "id": whole, "type": "Collection" }),
    };
    if let (Thread::Whole, Some(author)) = (part, began_by) {
        document["attributedTo"] = author.into();
    }
    document["first"] = page;
    Ok(document)
}

/// What is said with a hashtag: that there is such a collection, as Mastodon, which puts nothing into it either.
///
/// Errors: `NotFound` for a hashtag that nobody has used here. Source: Mastodon's TagsController
pub async fn hashtag(app: &App, name: &str) -> Result<Value> {
    let found = tags::find(app, name).await?;
    if found.id.is_none() {
        return Err(Error::not_found());
    }
    Ok(json!({ "id": app.urls().tag_url(&found.name), "type": "OrderedCollection" }))
}
