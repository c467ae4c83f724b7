//! GET …/outbox, …/followers, …/following, …/collections/featured and …/collections/tags of an actor, conversations and
//! hashtags.

use app::federation::publish::actor;
use app::federation::publish::collections::{self, Thread};
use app::ids::{ConversationId, StatusId};
use app::{App, Error, Page};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use super::answer::{Wanted, public, redirect, wanted};
use super::owner::{Asker, Owner, number};
use crate::error::{Fail, Result};
use crate::extract::Params;

/// `?page`, `?min_id` and `?max_id`: which page, or none.
fn page(uri: &Uri) -> Result<Option<Page>, Fail> {
    let params = Params::from_query(uri.query().unwrap_or_default())?;
    let at = params.page(collections::OUTBOX_PAGE)?;
    let asked = params.filled("page")?.is_some_and(|page| page != "false") || at.max_id.is_some() || at.min_id.is_some();
    Ok(asked.then_some(at))
}

/// Its pages are as who signed may see them.
pub async fn outbox(State(app): State<App>, Owner(row): Owner, asker: Asker, uri: Uri) -> Result<Response> {
    Ok(public(&collections::outbox(&app, &row, page(&uri)?, &asker.known(&app).await).await?))
}

/// A browser is sent to the page.
pub async fn followers(State(app): State<App>, Owner(row): Owner, headers: HeaderMap, uri: Uri) -> Result<Response> {
    if wanted(&headers) == Wanted::Page {
        return Ok(redirect(StatusCode::FOUND, &format!("{}/followers", app.urls().account_url(&row.username))));
    }
    Ok(public(&collections::followers(&app, &row, page(&uri)?).await?))
}

/// A browser is sent to the page.
pub async fn following(State(app): State<App>, Owner(row): Owner, headers: HeaderMap, uri: Uri) -> Result<Response> {
    if wanted(&headers) == Wanted::Page {
        return Ok(redirect(StatusCode::FOUND, &format!("{}/following", app.urls().account_url(&row.username))));
    }
    Ok(public(&collections::following(&app, &row, page(&uri)?).await?))
}

pub async fn featured(State(app): State<App>, Owner(row): Owner, asker: Asker) -> Result<Response> {
    Ok(public(&actor::featured(&app, &row, &asker.known(&app).await).await?))
}

pub async fn featured_tags(Owner(row): Owner) -> Response {
    public(&actor::featured_tags(&row))
}

/// The conversation that statuses name as their `context`.
pub async fn conversation(State(app): State<App>, Path(id): Path<String>) -> Result<Response> {
    let id = number(&id).map(ConversationId).ok_or_else(Error::not_found)?;
    Ok(public(&collections::conversation(&app, id, Thread::Whole).await?))
}

/// `?page` and `?min_id`: a page of a conversation, or all of it.
pub async fn conversation_items(State(app): State<App>, Path(id): Path<String>, uri: Uri) -> Result<Response> {
    let id = number(&id).map(ConversationId).ok_or_else(Error::not_found)?;
    let part = page(&uri)?.map_or(Thread::Items, |page| Thread::Page(StatusId(page.min_id.unwrap_or(0).max(0))));
    Ok(public(&collections::conversation(&app, id, part).await?))
}
