//! Server-rendered pages. They need no JavaScript; their HTML is in `templates/`.

pub mod about;
pub mod assets;
pub mod browser;
pub mod emojis;
pub mod home;
pub mod interact;
pub mod manifest;
pub mod media;
pub mod password;
pub mod people;
pub mod profile;
pub mod remote_media;
pub mod sign_in;
pub mod sign_up;
pub mod source;
pub mod status;
pub mod tag;
pub mod views;

use app::App;
use app::federation::publish::{self, Found, Named};
use askama::Template;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use url::form_urlencoded;

use crate::error::Result;
use browser::Browser;
use views::{ErrorPage, Person};

/// No `form-action`: browsers apply it to the redirect to the application, too.
const CSP: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Renders a page, with the visitor's cookie if it is new: its forms need it.
pub fn page(browser: &Browser, template: &impl Template) -> Response {
    let mut response = rendered(browser, template);
    browser.keep_visitor(response.headers_mut());
    response
}

/// How long those who are not signed in share a public page. As long as Mastodon says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Status,
    List,
}

/// Renders a page that has no form and looks the same to everybody who is not signed in. It brings no cookie, so that a
/// cache may give it to others.
pub fn public_page(browser: &Browser, template: &impl Template, kept: Kept) -> Response {
    let mut response = rendered(browser, template);
    if response.status().is_success() {
        let headers = response.headers_mut();
        headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Language, Cookie"));
        if browser.session.is_none() {
            let kept = match kept {
                Kept::Status => "max-age=10, public",
                Kept::List => "max-age=15, public, stale-while-revalidate=30, stale-if-error=3600",
            };
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
        }
    }
    response
}

/// The address of another page of a list: the one before `max_id` or after `min_id`.
pub fn turn(uri: &Uri, name: &str, id: i64) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair(name, &id.to_string()).finish();
    format!("{}?{query}", uri.path())
}

fn rendered(browser: &Browser, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let mut response = Html(html).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
            if let Ok(lang) = HeaderValue::from_str(browser.locale.code()) {
                headers.insert(header::CONTENT_LANGUAGE, lang);
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The page for what does not exist.
pub fn not_found(app: &App, browser: &Browser) -> Response {
    failure(app, browser, StatusCode::NOT_FOUND)
}

/// The page for a failed request.
pub fn failure(app: &App, browser: &Browser, status: StatusCode) -> Response {
    let mut shown = ErrorPage::for_status(browser.shell(app), status.as_u16());
    // Whoever mistypes an address has nothing to report.
    shown.request_id = app::request::id().filter(|_| status.is_server_error());
    let mut response = page(browser, &shown);
    *response.status_mut() = status;
    response
}

/// The local account whose page it is, or the page that says why there is none: suspended (403), deleted (410), never there.
pub async fn owner(app: &App, browser: &Browser, username: &str) -> Result<std::result::Result<app::present::account::Row, Response>> {
    let status = match publish::owner(app, &Named::Username(username.to_owned())).await {
        Ok(Found::Here(row)) => return Ok(Ok(*row)),
        Ok(Found::Suspended(_)) => StatusCode::FORBIDDEN,
        Ok(Found::Gone) => StatusCode::GONE,
        Err(app::Error::NotFound(_)) => StatusCode::NOT_FOUND,
        Err(error) => return Err(error.into()),
    };
    Ok(Err(failure(app, browser, status)))
}

/// An account as pages name it.
pub fn person(app: &App, account: &app::present::account::Row) -> Person {
    shown_person(&app::present::account::account(app.context(), account), &app.urls().account_domain)
}

/// The same, of what the API shows.
pub fn shown_person(a: &wire::mastodon::Account, domain: &str) -> Person {
    let name = if a.display_name.is_empty() { &a.username } else { &a.display_name };
    Person {
        name: emojis::without_colons(name, &a.emojis),
        name_html: emojis::in_text(name, &a.emojis),
        handle: if a.acct.contains('@') { format!("@{}", a.acct) } else { format!("@{}@{domain}", a.acct) },
        url: a.url.clone().unwrap_or_else(|| a.uri.clone()),
        avatar: a.avatar_static.clone(),
    }
}
