//! Puts an error's words into the caller's language: JSON for clients, a page for people.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::{Fail, Unworded};
use crate::extract::asked::{AskedBy, accepts_html};
use crate::extract::viewer::token;
use crate::pages;
use crate::pages::browser::{Browser, locale};
use crate::web::Web;

/// Rewrites failed answers.
pub async fn words(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // A failed page, or a failure told to a session, needs the request again; others only what says the language.
    let is_page = is_page(parts.uri.path());
    let wants_page = is_page && accepts_html(&parts.headers);
    let asked = (wants_page || is_page && parts.headers.contains_key(header::COOKIE)).then(|| parts.clone());
    let (uri, accepted) = (parts.uri.clone(), parts.headers.get(header::ACCEPT_LANGUAGE).cloned());
    let asked_by = AskedBy::default();
    if let Some(token) = token(&parts.headers, parts.uri.query(), &parts.extensions) {
        asked_by.tell_token(&token);
    }
    parts.extensions.insert(asked_by.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(Unworded(fail)) = response.extensions().get::<Unworded>().cloned() else {
        return match asked {
            Some(asked) if wants_page && response.status() == StatusCode::METHOD_NOT_ALLOWED => page(&web, asked, response.status()).await,
            _ => response,
        };
    };
    let with_session = match asked {
        Some(asked) if wants_page => {
            let mut shown = page(&web, asked, fail.status).await;
            keep_limits(response.headers(), shown.headers_mut());
            return shown;
        }
        asked => asked,
    };
    let locale = match (asked_by.locale(&web.app, &fail.error).await, with_session) {
        (None, Some(mut asked)) => browser(&web, &mut asked).await.locale,
        (user, _) => locale(uri.query(), accepted.as_ref(), user.as_deref()),
    };
    let worded = axum::Json(fail.body(locale));
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let mut worded = worded.into_response();
    for (name, value) in &parts.headers {
        if *name != header::CONTENT_TYPE {
            worded.headers_mut().append(name.clone(), value.clone());
        }
    }
    *worded.status_mut() = parts.status;
    worded
}

/// Where the limits stand is told on pages, too.
fn keep_limits(from: &HeaderMap, to: &mut HeaderMap) {
    for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"] {
        if let Some(value) = from.get(name) {
            to.insert(name, value.clone());
        }
    }
}

async fn page(web: &Web, mut parts: axum::http::request::Parts, status: StatusCode) -> Response {
    let browser = browser(web, &mut parts).await;
    pages::failure(&web.app, &browser, status)
}

async fn browser(web: &Web, parts: &mut axum::http::request::Parts) -> Browser {
    let Ok(browser) = Browser::from_request_parts(parts, web).await;
    browser
}

fn is_page(path: &str) -> bool {
    let is_for_programs = ["/api/", "/.well-known/", "/nodeinfo/"].iter().any(|prefix| path.starts_with(prefix));
    !is_for_programs && !matches!(path, "/oauth/token" | "/oauth/revoke" | "/oauth/userinfo")
}

/// The answer to a path that does not exist.
pub async fn no_such_path() -> Fail {
    app::Error::not_found().into()
}

/// The answer to a method that a path does not take.
pub async fn no_such_method() -> Fail {
    Fail::new(StatusCode::METHOD_NOT_ALLOWED, "error-method-not-allowed")
}
