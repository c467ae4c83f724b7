//! /authorize_interaction: where other servers and pages send people who want to follow somebody or answer something.
//! WebFinger tells the address. Source: Mastodon's remote interaction

use app::accounts::follow::{self, Wish};
use app::ids::{AccountId, StatusId};
use app::rates::{Standing, refused};
use app::statuses::show;
use app::{App, Error, accounts, present, search};
use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};

use super::browser::Browser;
use super::sign_in::{local_path, sign_in_address};
use super::status::status;
use super::views::status::Status;
use super::views::{Person, Shell};
use super::{not_found, page, person};
use crate::error::Result;
use crate::extract::Params;
use crate::limits::FOLLOWING;

/// How the person signed in stands to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// It can be followed.
    Stranger,
    /// It has not answered yet.
    Asked,
    Following,
    /// It is the person's own.
    None,
}

/// Somebody of another server, or a status of theirs, and a way to follow them. Posts `id`, `uri`, `csrf_token` to
/// `/authorize_interaction`.
#[derive(Template)]
#[template(path = "interact.html")]
pub struct Interact {
    pub shell: Shell,
    pub person: Person,
    /// The account's id.
    pub id: String,
    /// What was asked for.
    pub address: String,
    pub tie: Tie,
    pub status: Option<Status>,
}

/// Addresses that are longer lead nowhere.
const ADDRESS_MAX: usize = 2048;

/// `?uri`: what is there. Somebody or something of this server is shown at its own page; of others, here.
pub async fn show(State(app): State<App>, browser: Browser, uri: Uri, params: Params) -> Result<Response> {
    let Some(session) = &browser.session else {
        let back = local_path(uri.path_and_query().map(ToString::to_string));
        return Ok(Redirect::to(&sign_in_address(&back)).into_response());
    };
    let Some(address) = params.filled("uri")?.filter(|address| address.len() <= ADDRESS_MAX && !address.contains('\0')) else {
        return Ok(not_found(&app, &browser));
    };
    let found = search::named(&app, &session.viewer, &address).await?;
    match (found.accounts.first(), found.statuses.first()) {
        (Some(id), _) => account(&app, &browser, *id, address).await,
        (None, Some(id)) => thing(&app, &browser, *id, address).await,
        (None, None) => Ok(not_found(&app, &browser)),
    }
}

/// Follows the account `id`, and shows it again.
pub async fn submit(State(app): State<App>, browser: Browser, params: Params) -> Result<Response> {
    browser.check_form(&app, &params)?;
    let address = params.text("uri")?.unwrap_or_default();
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("uri", &address).finish();
    let back = format!("/authorize_interaction?{query}");
    let Some(session) = &browser.session else { return Ok(Redirect::to(&sign_in_address(&back)).into_response()) };
    let Some(id) = params.filled("id")?.and_then(|id| id.parse().ok()).map(AccountId) else { return Ok(not_found(&app, &browser)) };
    // As the follows by the API, which `middleware/rate.rs` knows by their tokens.
    let (account, now) = (session.viewer.account_id.to_string(), app.now_ms());
    let standing = app.rates.count(&FOLLOWING, &account, now, 0);
    if app.rates.are_enforced() && standing.used >= standing.max {
        refused(&FOLLOWING);
        return Err(Error::Limited(Standing { used: standing.used + 1, ..standing }).into());
    }
    follow::follow(&app, &session.viewer, id, Wish::default()).await?;
    app.rates.count(&FOLLOWING, &account, now, 1);
    Ok(Redirect::to(&back).into_response())
}

async fn account(app: &App, browser: &Browser, id: AccountId, address: String) -> Result<Response> {
    let row = accounts::find::find(app, id).await?;
    if row.is_local() && browser.session.as_ref().is_none_or(|session| session.viewer.account_id == id) {
        return Ok(Redirect::to(&app.urls().account_url(&row.username)).into_response());
    }
    shown(app, browser, &row, None, address).await
}

async fn thing(app: &App, browser: &Browser, id: StatusId, address: String) -> Result<Response> {
    let viewer = browser.session.as_ref().map(|session| &session.viewer);
    let found = show::show(app, viewer, id).await?;
    let Some(author) = found.account.id.to_string().parse().ok().map(AccountId) else { return Ok(not_found(app, browser)) };
    let row = accounts::find::find(app, author).await?;
    if row.is_local() {
        return Ok(Redirect::to(&app.urls().status_url(&row.username, id)).into_response());
    }
    shown(app, browser, &row, Some(status(&found, &app.urls().account_domain)), address).await
}

async fn shown(app: &App, browser: &Browser, row: &present::account::Row, status: Option<Status>, address: String) -> Result<Response> {
    let mut tie = Tie::None;
    if let Some(session) = browser.session.as_ref().filter(|session| session.viewer.account_id != row.id) {
        let found = present::relationship::relationships(app, &session.viewer, vec![row.id], false).await?;
        tie = match found.first() {
            Some(one) if one.following => Tie::Following,
            Some(one) if one.requested => Tie::Asked,
            Some(_) => Tie::Stranger,
            None => Tie::None,
        };
    }
    let template = Interact { person: person(app, row), id: row.id.to_string(), address, tie, status, shell: browser.shell(app) };
    Ok(page(browser, &template))
}
