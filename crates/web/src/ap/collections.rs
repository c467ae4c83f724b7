//! GET …/outbox, …/followers, …/following, …/collections/featured and …/collections/tags of an actor.

use app::federation::publish::{actor, collections};
use app::{App, Page};
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;

use super::answer::public;
use super::owner::Owner;
use crate::error::{Fail, Result};
use crate::extract::Params;

/// `?page`, `?min_id` and `?max_id`: which page, or none.
fn page(uri: &Uri) -> Result<Option<Page>, Fail> {
    let params = Params::from_query(uri.query().unwrap_or_default())?;
    let at = params.page(collections::OUTBOX_PAGE)?;
    let asked = params.filled("page")?.is_some_and(|page| page != "false") || at.max_id.is_some() || at.min_id.is_some();
    Ok(asked.then_some(at))
}

pub async fn outbox(State(app): State<App>, Owner(row): Owner, uri: Uri) -> Result<Response> {
    Ok(public(&collections::outbox(&app, &row, page(&uri)?).await?))
}

pub async fn followers(State(app): State<App>, Owner(row): Owner, uri: Uri) -> Result<Response> {
    Ok(public(&collections::followers(&app, &row, page(&uri)?).await?))
}

pub async fn following(State(app): State<App>, Owner(row): Owner, uri: Uri) -> Result<Response> {
    Ok(public(&collections::following(&app, &row, page(&uri)?).await?))
}

pub async fn featured(State(app): State<App>, Owner(row): Owner) -> Result<Response> {
    Ok(public(&actor::featured(&app, &row).await?))
}

pub async fn featured_tags(Owner(row): Owner) -> Response {
    public(&actor::featured_tags(&row))
}
