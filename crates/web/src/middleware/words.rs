//! Puts an error's words into the caller's language: JSON for clients, a page for people.

use app::tokens::Access;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, OnceLock};

use crate::error::{Fail, Unworded};
use crate::pages;
use crate::pages::browser::{Browser, locale};
use crate::web::Web;

/// Who asks, told by whoever looks the token up.
#[derive(Clone, Default)]
pub struct AskedBy(pub Arc<OnceLock<Arc<Access>>>);

/// Rewrites failed answers.
pub async fn words(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // What a failure is told by: all of it for a page, else what says the language.
    let for_page = (is_page(parts.uri.path()) && accepts_html(&parts.headers)).then(|| parts.clone());
    let (uri, accepted) = (parts.uri.clone(), parts.headers.get(header::ACCEPT_LANGUAGE).cloned());
    // The viewer's own language is known once their token has been looked up, further in.
    let asked_by = AskedBy::default();
    parts.extensions.insert(asked_by.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(Unworded(fail)) = response.extensions().get::<Unworded>().cloned() else {
        return match for_page {
            Some(asked) if response.status() == StatusCode::METHOD_NOT_ALLOWED => page(&web, asked, response.status()).await,
            _ => response,
        };
    };
    if let Some(asked) = for_page {
        let mut shown = page(&web, asked, fail.status).await;
        keep_limits(response.headers(), shown.headers_mut());
        return shown;
    }
    let user = asked_by.0.get().and_then(|a| a.user.as_ref().and_then(|u| u.viewer.locale.clone()));
    let worded = axum::Json(fail.body(locale(uri.query(), accepted.as_ref(), user.as_deref())));
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
    let Ok(browser) = Browser::from_request_parts(&mut parts, web).await;
    pages::failure(&web.app, &browser, status)
}

fn is_page(path: &str) -> bool {
    let is_for_programs = ["/api/", "/.well-known/", "/nodeinfo/"].iter().any(|prefix| path.starts_with(prefix));
    !is_for_programs && !matches!(path, "/oauth/token" | "/oauth/revoke" | "/oauth/userinfo")
}

pub fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// The answer to a path that does not exist.
pub async fn no_such_path() -> Fail {
    app::Error::not_found().into()
}

/// The answer to a method that a path does not take.
pub async fn no_such_method() -> Fail {
    Fail::new(StatusCode::METHOD_NOT_ALLOWED, "error-method-not-allowed")
}
