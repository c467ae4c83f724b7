//! GET /@user/followers and /@user/following: who follows a local account, and whom it follows, as far as it lets others
//! see that.

use app::accounts::follow::{self, Direction};
use app::{App, Page, present};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use super::browser::Browser;
use super::views::{Person, Shell};
use super::{Kept, not_found, owner, person, public_page, shown_person, turn};
use crate::ap::answer::{Wanted, redirect, wanted};
use crate::error::Result;
use crate::extract::Params;

/// Followers of an account, or whom it follows.
#[derive(Template)]
#[template(path = "people.html")]
pub struct PeoplePage {
    pub shell: Shell,
    /// Message id of the heading; takes the account's `name`.
    pub title_id: &'static str,
    pub person: Person,
    pub people: Vec<Person>,
    /// Whether the account lets nobody see the list.
    pub hidden: bool,
    pub newest_url: Option<String>,
    pub older_url: Option<String>,
}

impl PeoplePage {
    fn name_html(&self) -> String {
        format!("<bdi>{}</bdi>", self.person.name_html)
    }
}

const PEOPLE: i64 = 40;

pub async fn followers(state: State<App>, browser: Browser, path: Path<String>, headers: HeaderMap, uri: Uri) -> Result<Response> {
    handler(state, browser, path, headers, uri, Direction::Followers).await
}

pub async fn following(state: State<App>, browser: Browser, path: Path<String>, headers: HeaderMap, uri: Uri) -> Result<Response> {
    handler(state, browser, path, headers, uri, Direction::Following).await
}

async fn handler(
    State(app): State<App>,
    browser: Browser,
    Path(username): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    direction: Direction,
) -> Result<Response> {
    let (name, title_id) = match direction {
        Direction::Followers => ("followers", "page-people-followers-title"),
        Direction::Following => ("following", "page-people-following-title"),
    };
    let Some(username) = username.strip_prefix('@') else { return Ok(not_found(&app, &browser)) };
    let account = match owner(&app, &browser, username).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(refusal),
    };
    if wanted(&headers) == Wanted::Document {
        return Ok(redirect(StatusCode::FOUND, &format!("{}/{name}", account.uri)));
    }
    let viewer = browser.session.as_ref().map(|session| session.viewer.account_id);
    let params = Params::from_query(uri.query().unwrap_or_default())?;
    let at = Page { limit: PEOPLE, min_id: None, ..params.page(PEOPLE)? };
    let rows = follow::list(&app, viewer, account.id, direction, at).await?;
    let older_url = rows.last().filter(|_| rows.len() as i64 == PEOPLE).map(|(key, _)| turn(&uri, "max_id", key.0));
    let people = present::account::accounts(&app, rows.into_iter().map(|(_, account)| account).collect()).await?;
    let template = PeoplePage {
        title_id,
        person: person(&app, &account),
        people: people.iter().map(|a| shown_person(a, &app.urls().account_domain)).collect(),
        hidden: account.hide_collections == Some(true) && viewer != Some(account.id),
        newest_url: at.max_id.map(|_| uri.path().to_owned()),
        older_url,
        shell: browser.shell(&app),
    };
    Ok(public_page(&browser, &template, Kept::List))
}
