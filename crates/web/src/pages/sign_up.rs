//! /auth/sign_up: becoming a member, and /auth/confirmation: showing that the address is one's own.

use app::accounts::confirm;
use app::accounts::sign_up::{self, SignUp};
use app::settings::Registrations;
use app::{App, Error, rules};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::about::RuleLine;
use super::about::lines;
use super::browser::Browser;
use super::page;
use super::sign_in::{lang_of, local_path, sign_in_address};
use super::views::{AskEmail, Notice, Shell};
use crate::error::Result;
use crate::extract::{ClientAddress, Params};

/// Registration. Posts its fields, `return_to` and `csrf_token` to `/auth`.
#[derive(Template)]
#[template(path = "sign_up.html")]
pub struct SignUpPage {
    pub shell: Shell,
    /// The domain of handles.
    pub domain: String,
    /// All that was wrong the last time, in words.
    pub errors: Vec<String>,
    pub username: String,
    pub email: String,
    /// `Some` where a moderator lets people in: why they want to come.
    pub reason: Option<String>,
    pub reason_required: bool,
    /// `Some` where there is a minimum age: `YYYY-MM-DD`.
    pub date_of_birth: Option<String>,
    /// What people agree to.
    pub rules: Vec<RuleLine>,
    pub return_to: String,
}

/// Longest that is printed again after a mistake.
const INPUT_CHARS: usize = 300;
const REASON_CHARS: usize = 1000;

/// GET /auth/sign_up
pub async fn show(State(app): State<App>, browser: Browser, params: Params) -> Result<Response> {
    let return_to = local_path(params.text("return_to")?);
    let browser = browser.speaking(lang_of(&return_to).as_deref());
    if browser.session.is_some() {
        return Ok(Redirect::to(&return_to).into_response());
    }
    match sign_up::check_open(&app) {
        Ok(_) => Ok(page(&browser, &form(&app, &browser, Typed { return_to, ..Typed::default() }, Vec::new()).await?)),
        Err(error) => Ok(closed(&app, &browser, &error)),
    }
}

/// POST /auth
pub async fn submit(State(app): State<App>, browser: Browser, address: ClientAddress, params: Params) -> Result<Response> {
    browser.check_form(&app, &params)?;
    let typed = Typed::read(&params)?;
    let browser = browser.speaking(lang_of(&typed.return_to).as_deref());
    if let Err(error) = sign_up::check_open(&app) {
        return Ok(closed(&app, &browser, &error));
    }
    let wish = SignUp {
        username: typed.username.clone(),
        email: typed.email.clone(),
        password: params.text("password")?.unwrap_or_default(),
        agreement: params.flag("agreement")?.unwrap_or(false),
        locale: Some(browser.locale.code().to_owned()),
        time_zone: None,
        reason: Some(typed.reason.clone()),
        date_of_birth: Some(typed.date_of_birth.clone()),
        ip: address.0.to_string(),
        return_to: Some(typed.return_to.clone()).filter(|path| path != "/"),
    };
    match sign_up::sign_up(&app, wish, None).await {
        Ok(done) if done.must_confirm => {
            Ok(notice(&app, &browser, "page-confirm-sent-title", &["page-confirm-sent-text", "page-confirm-sent-help"], None))
        }
        Ok(done) if done.must_wait => Ok(notice(&app, &browser, "page-waiting-title", &["page-waiting-text"], None)),
        Ok(_) => {
            let link = (sign_in_address(&typed.return_to), "page-sign-in-link");
            Ok(notice(&app, &browser, "page-joined-title", &["page-joined-text"], Some(link)))
        }
        Err(Error::Invalid(problems)) => {
            let errors = problems.iter().map(|words| words.in_locale(browser.locale)).collect();
            let mut response = page(&browser, &form(&app, &browser, typed, errors).await?);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// GET /auth/confirmation: the link in the mail.
pub async fn confirm(State(app): State<App>, browser: Browser, params: Params) -> Result<Response> {
    let token = params.text("confirmation_token")?.unwrap_or_default();
    let return_to = local_path(params.text("return_to")?);
    let browser = browser.speaking(lang_of(&return_to).as_deref());
    match confirm::confirm(&app, &token).await {
        Ok(confirmed) if !confirmed.approved => {
            Ok(notice(&app, &browser, "page-confirmed-title", &["page-confirmed-text", "page-waiting-text"], None))
        }
        Ok(confirmed) => {
            let by_app = confirmed.application.filter(|_| params.flag("redirect_to_app").is_ok_and(|flag| flag == Some(true)));
            if let Some((name, uri)) = by_app {
                let template = Notice {
                    title: text::message(browser.locale, "page-confirmed-title", &[]),
                    text: vec![text::message(browser.locale, "page-confirmed-text", &[])],
                    link: Some((uri, text::message(browser.locale, "page-confirmed-back", &[("app", &name)]))),
                    shell: browser.shell(&app),
                };
                return Ok(page(&browser, &template));
            }
            let to = if browser.session.is_some() { return_to } else { sign_in_address(&return_to) };
            Ok(notice(&app, &browser, "page-confirmed-title", &["page-confirmed-text"], Some((to, "page-confirmed-continue"))))
        }
        Err(Error::NotFound(_)) => {
            let link = ("/auth/confirmation/new".to_owned(), "page-resend-title");
            let mut response = notice(&app, &browser, "page-link-old-title", &["page-confirm-old-text"], Some(link));
            *response.status_mut() = StatusCode::NOT_FOUND;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// GET /auth/confirmation/new
pub async fn ask(State(app): State<App>, browser: Browser, params: Params) -> Result<Response> {
    let say = |id: &str| text::message(browser.locale, id, &[]);
    let template = AskEmail {
        title: say("page-resend-title"),
        help: say("page-resend-help"),
        submit: say("page-resend-submit"),
        action: "/auth/confirmation",
        return_to: local_path(params.text("return_to")?),
        shell: browser.shell(&app),
    };
    Ok(page(&browser, &template))
}

/// POST /auth/confirmation. The answer is the same whoever has the address.
pub async fn resend(State(app): State<App>, browser: Browser, params: Params) -> Result<Response> {
    browser.check_form(&app, &params)?;
    let email = params.text("email")?.unwrap_or_default();
    let return_to = local_path(params.text("return_to")?);
    confirm::resend(&app, &email, Some(return_to).filter(|path| path != "/")).await?;
    Ok(notice(&app, &browser, "page-confirm-sent-title", &["page-resend-done", "page-confirm-sent-help"], None))
}

/// A page that says something and may lead on.
pub fn notice(app: &App, browser: &Browser, title: &str, text: &[&str], link: Option<(String, &str)>) -> Response {
    let say = |id: &str| text::message(browser.locale, id, &[]);
    let link = link.map(|(url, words)| (url, say(words)));
    page(browser, &Notice { title: say(title), text: text.iter().map(|id| say(id)).collect(), link, shell: browser.shell(app) })
}

/// Why nobody can register, in the administrators' words if they left some.
fn closed(app: &App, browser: &Browser, error: &Error) -> Response {
    let message = app.settings.get("closed_registrations_message");
    let why = match error {
        Error::Forbidden(words) if words.id == "error-registrations-need-mail" => words.in_locale(browser.locale),
        _ if !message.is_empty() => message,
        _ => text::message(browser.locale, "page-closed-text", &[]),
    };
    let title = text::message(browser.locale, "page-closed-title", &[]);
    let mut response = page(browser, &Notice { title, text: vec![why], link: None, shell: browser.shell(app) });
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

/// What was typed, for the form to show it again. The password is not among it.
#[derive(Default)]
struct Typed {
    username: String,
    email: String,
    reason: String,
    date_of_birth: String,
    return_to: String,
}

impl Typed {
    fn read(params: &Params) -> Result<Typed> {
        let text = |name: &str, max: usize| -> Result<String> { Ok(params.text(name)?.unwrap_or_default().chars().take(max).collect()) };
        Ok(Typed {
            username: text("username", INPUT_CHARS)?,
            email: text("email", INPUT_CHARS)?,
            reason: text("reason", REASON_CHARS)?,
            date_of_birth: text("date_of_birth", INPUT_CHARS)?,
            return_to: local_path(params.text("return_to")?),
        })
    }
}

async fn form(app: &App, browser: &Browser, typed: Typed, errors: Vec<String>) -> Result<SignUpPage> {
    let approved = app.registrations() == Registrations::Approved;
    Ok(SignUpPage {
        shell: browser.shell(app),
        domain: app.urls().account_domain.clone(),
        errors,
        username: typed.username,
        email: typed.email,
        reason: approved.then_some(typed.reason),
        reason_required: app.settings.is_on("require_invite_text"),
        date_of_birth: app.settings.min_age().map(|_| typed.date_of_birth),
        rules: lines(&rules::list(app).await?, browser),
        return_to: typed.return_to,
    })
}
