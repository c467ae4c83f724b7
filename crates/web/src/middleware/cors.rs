//! CORS, as Mastodon: any origin, no credentials, on what clients in browsers need.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const EXPOSED: &str = "Link, Mastodon-Async-Refresh, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id";
const METHODS: &str = "GET, POST, PUT, PATCH, DELETE, OPTIONS";

/// Answers preflights and marks answers that any page may read.
pub async fn cors(request: Request, next: Next) -> Response {
    if !is_open(request.uri().path()) {
        return next.run(request).await;
    }
    if request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        let mut response = StatusCode::OK.into_response();
        let headers = response.headers_mut();
        open(headers);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
        if let Some(asked) = asked {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        }
        return response;
    }
    let mut response = next.run(request).await;
    open(response.headers_mut());
    response
}

fn open(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}

fn is_open(path: &str) -> bool {
    ["/api/", "/.well-known/", "/nodeinfo/", "/@", "/users/", "/ap/", "/actor", "/emojis/", "/tags/"].iter().any(|prefix| path.starts_with(prefix))
        || matches!(path, "/oauth/token" | "/oauth/revoke" | "/oauth/userinfo")
}
