//! GET …/statuses/:id, its activity, replies, likes and shares, and the status's page where a document is asked for.

use app::federation::publish::Named;
use app::federation::publish::status::{self, Found, Part, RepliesPage};
use app::ids::StatusId;
use app::present::account::Row;
use app::{App, Error};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::answer::{Wanted, document, redirect, wanted};
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

/// `?page`, `?min_id` and `?only_other_accounts`
pub async fn replies(State(app): State<App>, Owner(row): Owner, Of(id): Of, asker: Asker, uri: Uri) -> Result<Response> {
    let params = Params::from_query(uri.query().unwrap_or_default())?;
    let flag = |name| -> Result<bool, Fail> { Ok(params.filled(name)?.is_some_and(|value| value != "false")) };
    let (others, after) = (flag("only_other_accounts")?, params.page(0)?.min_id);
    let page = (flag("page")? || others || after.is_some()).then(|| RepliesPage { others, after: StatusId(after.unwrap_or(0).max(0)) });
    answer(match status::replies(&app, &row, id, page, None).await {
        Err(error @ Error::NotFound(_)) => match asker.account(&app).await {
            Some(asker) => status::replies(&app, &row, id, page, Some(asker)).await?,
            None => return Err(error.into()),
        },
        found => found?,
    })
}

/// What everybody may read needs no signature; the rest is for those it was sent to.
async fn part(app: &App, row: &Row, id: StatusId, part: Part, asker: Asker) -> Result<Response> {
    answer(match status::part(app, row, id, part, None).await {
        Err(error @ Error::NotFound(_)) => match asker.account(app).await {
            Some(asker) => status::part(app, row, id, part, Some(asker)).await?,
            None => return Err(error.into()),
        },
        found => found?,
    })
}

fn answer(found: Found) -> Result<Response> {
    Ok(match found {
        Found::Document { document: shown, public } => document(&shown, public),
        Found::Elsewhere(uri) => redirect(StatusCode::FOUND, &uri),
        Found::Gone => gone(),
    })
}
