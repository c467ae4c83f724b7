//! /auth/password: a new password for who forgot theirs.

use app::accounts::reset_password;
use app::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::Browser;
use super::page;
use super::sign_up::notice;
use super::views::{AskEmail, Shell};
use crate::error::Result;
use crate::extract::Params;

/// A new password instead of a forgotten one. Posts `password`, `reset_password_token`, `csrf_token`
/// to `/auth/password`.
#[derive(Template)]
#[template(path = "new_password.html")]
pub struct NewPassword {
    pub shell: Shell,
    pub error: Option<String>,
    pub token: String,
}

/// GET /auth/password/new
pub async fn ask(State(app): State<App>, browser: Browser) -> Response {
    let say = |id: &str| text::message(browser.locale, id, &[]);
    let (help, shell) = (if app.mailer.is_some() { "page-reset-help" } else { "page-reset-no-mail" }, browser.shell(&app));
    if app.mailer.is_none() {
        return notice(&app, &browser, "page-reset-title", &[help], None);
    }
    let template = AskEmail {
        title: say("page-reset-title"),
        help: say(help),
        submit: say("page-reset-submit"),
        action: "/auth/password",
        return_to: "/".to_owned(),
        shell,
    };
    page(&browser, &template)
}

/// POST /auth/password: sends the link, or with `_method=put` sets the new password.
pub async fn submit(State(app): State<App>, browser: Browser, params: Params) -> Result<Response> {
    browser.check_form(&app, &params)?;
    if params.text("_method")?.is_some_and(|method| method.eq_ignore_ascii_case("put")) {
        return set(&app, &browser, &params).await;
    }
    let email = params.text("email")?.unwrap_or_default();
    reset_password::request(&app, &email).await?;
    Ok(notice(&app, &browser, "page-reset-sent-title", &["page-reset-sent-text", "page-confirm-sent-help"], None))
}

/// GET /auth/password/edit: the link in the mail.
pub async fn edit(State(app): State<App>, browser: Browser, params: Params) -> Result<Response> {
    let token = params.text("reset_password_token")?.unwrap_or_default();
    if !reset_password::is_good(&app, &token).await? {
        return Ok(too_old(&app, &browser));
    }
    Ok(page(&browser, &NewPassword { shell: browser.shell(&app), error: None, token }))
}

/// PUT /auth/password
pub async fn update(State(app): State<App>, browser: Browser, params: Params) -> Result<Response> {
    browser.check_form(&app, &params)?;
    set(&app, &browser, &params).await
}

async fn set(app: &App, browser: &Browser, params: &Params) -> Result<Response> {
    let token = params.text("reset_password_token")?.unwrap_or_default();
    match reset_password::reset(app, &token, params.text("password")?.unwrap_or_default()).await {
        Ok(()) => {
            let link = ("/auth/sign_in".to_owned(), "page-sign-in-link");
            Ok(notice(app, browser, "page-password-done-title", &["page-password-done-text"], Some(link)))
        }
        Err(Error::NotFound(_)) => Ok(too_old(app, browser)),
        Err(Error::Invalid(problems)) => {
            let error = problems.iter().map(|words| words.in_locale(browser.locale)).collect::<Vec<_>>().join(" ");
            let mut response = page(browser, &NewPassword { shell: browser.shell(app), error: Some(error), token });
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

fn too_old(app: &App, browser: &Browser) -> Response {
    let link = ("/auth/password/new".to_owned(), "page-reset-title");
    let mut response = notice(app, browser, "page-link-old-title", &["page-reset-old-text"], Some(link));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
