//! /auth/sign_in and /auth/sign_out

use app::oauth::applications;
use app::passwords;
use app::rates::{MINUTE_MS, Standing};
use app::sessions::{self, Refusal};
use app::settings::Registrations;
use app::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::browser::Browser;
use super::page;
use super::views::Shell;
use crate::error::{Result, tell_limit};
use crate::extract::asked::accepts_html;
use crate::extract::{ClientAddress, Params};

/// E-mail or username and password. Posts `email`, `password`, `return_to`, `csrf_token` to
/// `/auth/sign_in`.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    pub shell: Shell,
    /// What went wrong the last time, in words. It takes the focus.
    pub error: Option<String>,
    /// What was typed before; printed again after a failure.
    pub email: String,
    /// Local path to go on to.
    pub return_to: String,
    /// The app that sent the person here.
    pub app_name: Option<String>,
    /// Address of the registration, where people can register.
    pub sign_up_url: Option<String>,
    /// Whether a link to a new password can be mailed.
    pub can_reset: bool,
}

/// Asks for confirmation before ending the session. Posts `csrf_token` to `/auth/sign_out`.
#[derive(Template)]
#[template(path = "sign_out.html")]
pub struct SignOut {
    pub shell: Shell,
}

const USER_AGENT_CHARS: usize = 200;
const LOGIN_CHARS: usize = 300;
/// Longer ways back are given up.
const PATH_BYTES: usize = 4096;

/// GET /auth/sign_in
pub async fn show(State(app): State<App>, browser: Browser, params: Params) -> Result<Response> {
    let return_to = local_path(params.text("return_to")?);
    let browser = browser.speaking(lang_of(&return_to).as_deref());
    Ok(page(&browser, &form(&app, &browser, None, String::new(), return_to).await?))
}

/// POST /auth/sign_in
pub async fn submit(State(app): State<App>, browser: Browser, address: ClientAddress, headers: HeaderMap, params: Params) -> Result<Response> {
    let return_to = local_path(params.text("return_to")?);
    let browser = browser.speaking(lang_of(&return_to).as_deref());
    let login: String = params.text("email")?.unwrap_or_default().trim().chars().take(LOGIN_CHARS).collect();
    let ip = address.0.to_string();
    let guess = match passwords::guess(&app, &login, &ip).await {
        Err(Error::Limited(standing)) if accepts_html(&headers) => return limited(&app, &browser, login, return_to, &standing).await,
        guess => guess?,
    };
    browser.check_form(&app, &params)?;
    let password = params.text("password")?.unwrap_or_default();
    let agent = headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default();
    let agent: String = agent.chars().filter(|c| *c != '\0').take(USER_AGENT_CHARS).collect();
    match sessions::begin(&app, guess, password, ip, agent).await? {
        Ok(token) => {
            // The browser forgets the session it had; so does the server.
            if let Some(earlier) = &browser.session {
                sessions::sign_out(&app, earlier.id).await?;
            }
            let mut response = Redirect::to(&return_to).into_response();
            browser.keep_session(response.headers_mut(), &token);
            Ok(response)
        }
        Err(refusal) => {
            let id = match refusal {
                Refusal::Wrong => "page-sign-in-error-wrong",
                Refusal::Unconfirmed => "page-sign-in-error-unconfirmed",
                Refusal::Pending => "page-sign-in-error-pending",
                Refusal::Disabled => "page-sign-in-error-disabled",
            };
            let error = text::message(browser.locale, id, &[]);
            let mut response = page(&browser, &form(&app, &browser, Some(error), login, return_to).await?);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// The form with the reason why nothing is compared any more, and for how long.
async fn limited(app: &App, browser: &Browser, login: String, return_to: String, standing: &Standing) -> Result<Response> {
    let minutes = ((standing.left_ms + MINUTE_MS - 1) / MINUTE_MS).to_string();
    let error = text::message(browser.locale, "page-sign-in-error-limited", &[("minutes", &minutes)]);
    let mut response = page(browser, &form(app, browser, Some(error), login, return_to).await?);
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    tell_limit(response.headers_mut(), standing);
    Ok(response)
}

/// GET /auth/sign_out: asks first, since anybody's link may lead here.
pub async fn ask_to_sign_out(State(app): State<App>, browser: Browser) -> Response {
    page(&browser, &SignOut { shell: browser.shell(&app) })
}

/// POST /auth/sign_out
pub async fn sign_out(State(app): State<App>, browser: Browser, params: Params) -> Result<Response> {
    browser.check_form(&app, &params)?;
    if let Some(session) = &browser.session {
        sessions::sign_out(&app, session.id).await?;
    }
    let mut response = Redirect::to("/").into_response();
    browser.forget_session(response.headers_mut());
    Ok(response)
}

async fn form(app: &App, browser: &Browser, error: Option<String>, email: String, return_to: String) -> Result<SignIn, Error> {
    let application = match query_of(&return_to, "client_id") {
        Some(id) if !id.contains('\0') => applications::find_by_client_id(app, &id).await?,
        _ => None,
    };
    let is_open = app.registrations() != Registrations::Closed;
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", &return_to).finish();
    Ok(SignIn {
        shell: browser.shell(app),
        error,
        email,
        return_to,
        app_name: application.map(|a| a.name),
        sign_up_url: is_open.then(|| format!("/auth/sign_up?{query}")),
        can_reset: app.mailer.is_some(),
    })
}

/// The sign-in page, from where one goes on to `return_to`.
pub fn sign_in_address(return_to: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish();
    format!("/auth/sign_in?{query}")
}

/// The language the application asked for, in the address the person came from.
pub fn lang_of(return_to: &str) -> Option<String> {
    query_of(return_to, "lang")
}

fn query_of(path: &str, name: &str) -> Option<String> {
    let query = path.split_once('?').map(|(_, query)| query).unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// A path on this server; anything that might lead elsewhere becomes the front page.
pub fn local_path(given: Option<String>) -> String {
    let is_local = |path: &String| {
        path.len() <= PATH_BYTES && path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.chars().any(char::is_control)
    };
    given.filter(is_local).unwrap_or_else(|| "/".to_owned())
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn the_way_back_stays_on_this_server() {
        let path = |given: &str| local_path(Some(given.to_owned()));
        assert_eq!(path("/oauth/authorize?a=b"), "/oauth/authorize?a=b");
        for foreign in ["//evil.test", "https://evil.test", "/\\evil.test", "\\\\evil", "", "/a\nb", "javascript:alert(1)"] {
            assert_eq!(path(foreign), "/", "{foreign}");
        }
    }
}
