//! GET …/statuses/:id, its activity, replies, likes and shares, and the status's page where a document is asked for.

use app::App;
use app::federation::publish::Named;
use app::federation::publish::status::{self, Found, Part, RepliesPage};
use app::ids::StatusId;
use app::present::account::Row;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::answer::{Wanted, alternate, document, redirect, wanted};
use super::owner::{Asker, Of, Owner, find, gone, suspended};
use crate::error::{Fail, Result};
use crate::extract::Params;

/// The note; a browser is sent to its page.
pub async fn handler(State(app): State<App>, Owner(row): Owner, Of(id): Of, asker: Asker, headers: HeaderMap) -> Result<Response> {
    if wanted(&headers) == Wanted::Page {
        return Ok(redirect(StatusCode::FOUND, &app.urls().status_url(&row.username, id)));
    }
    part(&app, &row, id, Part::Note, asker).await
}

/// The note at the address of its page.
pub async fn page(app: &App, username: &str, id: StatusId, asker: Asker) -> Result<Response, Response> {
    let row = find(app, &Named::Username(username.to_owned())).await?;
    if row.suspended_at.is_some() {
        return Err(suspended());
    }
    part(app, &row, id, Part::Note, asker).await.map_err(IntoResponse::into_response)
}

/// `Create` or `Announce`
pub async fn activity(State(app): State<App>, Owner(row): Owner, Of(id): Of, asker: Asker) -> Result<Response> {
    part(&app, &row, id, Part::Activity, asker).await
}

/// How many like it; not who.
pub async fn likes(State(app): State<App>, Owner(row): Owner, Of(id): Of, asker: Asker) -> Result<Response> {
    part(&app, &row, id, Part::Likes, asker).await
}

/// How many passed it on; not who.
pub async fn shares(State(app): State<App>, Owner(row): Owner, Of(id): Of, asker: Asker) -> Result<Response> {
    part(&app, &row, id, Part::Shares, asker).await
}

/// `?page`, `?min_id` and `?only_other_accounts`: without `page` the same as the first page of the whole collection.
pub async fn replies(State(app): State<App>, Owner(row): Owner, Of(id): Of, asker: Asker, uri: Uri) -> Result<Response> {
    let params = Params::from_query(uri.query().unwrap_or_default())?;
    let flag = |name| -> Result<bool, Fail> { Ok(params.filled(name)?.is_some_and(|value| value != "false")) };
    let (is_page, after) = (flag("page")?, params.page(0)?.min_id.unwrap_or(0).max(0));
    let page = RepliesPage { others: flag("only_other_accounts")?, after: StatusId(after) };
    let read = |requester| {
        let (app, row) = (&app, &row);
        async move { status::replies(app, row, id, page, is_page, &requester).await }
    };
    answer(asker.reads(&app, read).await?)
}

async fn part(app: &App, row: &Row, id: StatusId, part: Part, asker: Asker) -> Result<Response> {
    let read = |requester| async move { status::part(app, row, id, part, &requester).await };
    let mut response = answer(asker.reads(app, read).await?)?;
    if matches!(part, Part::Note | Part::Activity) {
        alternate(&mut response, &format!("{}/statuses/{id}", row.uri));
    }
    Ok(response)
}

fn answer(found: Found) -> Result<Response> {
    Ok(match found {
        Found::Document { document: shown, public } => document(&shown, public),
        Found::Elsewhere(uri) => redirect(StatusCode::FOUND, &uri),
        Found::Gone => gone(),
    })
}
