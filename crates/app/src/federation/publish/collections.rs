//! An actor's outbox, its followers and whom it follows. Each is a collection without items, and pages by id.

use serde_json::{Value, json};
use store::accounts::Account;
use store::page::Page;
use store::statuses::{self, AccountFilter};
use store::{ConversationId, FollowId, StatusId, documents};

use crate::federation::compose;
use crate::{App, Error, Result};

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

/// What an account has said to everybody: `Create` and `Announce`, newest first.
pub async fn outbox(app: &App, account: &Account, page: Option<Page>) -> Result<Value> {
    let id = compose::of_actor(&account.uri, "outbox");
    let Some(page) = page.map(|page| Page { limit: OUTBOX_PAGE, since_id: None, ..page }) else {
        return Ok(collection(&id, account.statuses_count, false, true));
    };
    let (owner, urls, now) = (account.id, app.urls().clone(), app.now_ms());
    let (keys, items) = app
        .read(move |r| async move {
            let ids = statuses::account_page(&r, owner, None, AccountFilter::default(), &page).await?;
            let notes = compose::load(&r, &urls, &ids, now).await?;
            let items: Vec<Value> = ids.iter().filter_map(|id| notes.activity(&urls, *id)).collect();
            Ok((ids.iter().map(|id| id.0).collect::<Vec<i64>>(), items))
        })
        .await?;
    Ok(page_of(&id, &page, &keys, items))
}

/// Who follows an account.
pub async fn followers(app: &App, account: &Account, page: Option<Page>) -> Result<Value> {
    let id = compose::of_actor(&account.uri, "followers");
    let hidden = account.hide_collections == Some(true);
    let Some(page) = asked(page).filter(|_| !hidden) else { return Ok(collection(&id, account.followers_count, hidden, false)) };
    let owner = account.id;
    let rows = app.read(move |r| async move { Ok(documents::follower_addresses(&r, owner, &page).await?) }).await?;
    Ok(people(&id, &page, rows))
}

/// Whom an account follows.
pub async fn following(app: &App, account: &Account, page: Option<Page>) -> Result<Value> {
    let id = compose::of_actor(&account.uri, "following");
    let hidden = account.hide_collections == Some(true);
    let Some(page) = asked(page).filter(|_| !hidden) else { return Ok(collection(&id, account.following_count, hidden, false)) };
    let owner = account.id;
    let rows = app.read(move |r| async move { Ok(documents::following_addresses(&r, owner, &page).await?) }).await?;
    Ok(people(&id, &page, rows))
}

fn asked(page: Option<Page>) -> Option<Page> {
    page.map(|page| Page { limit: PEOPLE_PAGE, since_id: None, ..page })
}

fn people(id: &str, page: &Page, rows: Vec<(FollowId, String)>) -> Value {
    let (keys, items): (Vec<i64>, Vec<Value>) = rows.into_iter().map(|(key, uri)| (key.0, Value::String(uri))).unzip();
    page_of(id, page, &keys, items)
}

/// The instance's own actor says nothing.
pub fn silent_outbox(app: &App) -> Value {
    let id = compose::of_actor(&app.urls().instance_actor_uri(), "outbox");
    json!({ "id": id, "type": "OrderedCollection", "totalItems": 0, "orderedItems": [] })
}

/// What everybody may read of a conversation that began here, the oldest first: the collection, or a page above `after`.
///
/// Errors: `NotFound`, also where nothing may be read.
pub async fn conversation(app: &App, id: ConversationId, after: Option<StatusId>) -> Result<Value> {
    let (whole, limit) = (app.urls().context_uri(id), if after.is_some() { CONVERSATION_PAGE } else { 1 });
    let above = after.unwrap_or_default();
    let rows = app.read(move |r| async move { Ok(documents::list_conversation(&r, id, above, limit).await?) }).await?;
    let address = |after: StatusId| {
        let after = if after.0 > 0 { format!("min_id={after}&") } else { String::new() };
        format!("{whole}/items?{after}page=true")
    };
    if rows.is_empty() && above.0 == 0 {
        return Err(Error::not_found());
    }
    let Some(after) = after else { return Ok(json!({ "id": whole, "type": "Collection", "first": address(StatusId(0)) })) };
    let mut document = json!({ "id": address(after), "type": "CollectionPage", "partOf": whole });
    if let Some((last, _)) = rows.last().filter(|_| i64::try_from(rows.len()).is_ok_and(|len| len >= limit)) {
        document["next"] = address(*last).into();
    }
    document["items"] = rows.into_iter().map(|(_, uri)| Value::String(uri)).collect();
    Ok(document)
}
