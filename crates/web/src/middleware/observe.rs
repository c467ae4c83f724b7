//! A request's id, its span in the log, its place in the metrics, and the headers of every answer.

use std::time::Instant;

use app::measure::label;
use app::request;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::caching::is_for_all;
use crate::router::path_of;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const API_CSP: &str = "default-src 'none'; frame-ancestors 'none'; form-action 'none'";

/// Runs the request within its id.
pub async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = app::clock::random::<12>().map(hex::encode).unwrap_or_default();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().and_then(|matched| path_of(matched.as_str())).unwrap_or("(none)");
    let is_api = ["/api/", "/oauth/", "/.well-known/", "/nodeinfo/"].iter().any(|prefix| request.uri().path().starts_with(prefix));
    let span = tracing::info_span!("request", %id, %method, route);
    let mut response = request::within(Some(id.clone()), next.run(request).instrument(span.clone())).await;
    let elapsed = started.elapsed();
    let status = response.status();
    metrics::histogram!(
        "ferrodon_http_request_seconds",
        "method" => label(method_name(&method)),
        "route" => label(route),
        "status" => label(status_name(status)),
    )
    .record(elapsed.as_secs_f64());
    span.in_scope(|| tracing::debug!(status = status.as_u16(), ms = elapsed.as_secs_f64() * 1000.0, "answered"));
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    if is_api {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(API_CSP));
        let is_discovery = route.starts_with("/.well-known/") || route.starts_with("/nodeinfo/");
        let vary = if is_discovery && status.is_success() {
            "Origin"
        } else if is_discovery || is_for_all(route) {
            "Accept-Language, Origin"
        } else {
            "Authorization, Accept-Language, Origin"
        };
        headers.append(header::VARY, HeaderValue::from_static(vary));
    }
    response
}

/// Clients make up methods; those that no route has are one.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The status codes that are answered here; others by their class.
fn status_name(status: StatusCode) -> &'static str {
    match status.as_u16() {
        101 => "101",
        200 => "200",
        202 => "202",
        204 => "204",
        206 => "206",
        301 => "301",
        302 => "302",
        303 => "303",
        304 => "304",
        307 => "307",
        308 => "308",
        400 => "400",
        401 => "401",
        403 => "403",
        404 => "404",
        405 => "405",
        406 => "406",
        408 => "408",
        409 => "409",
        410 => "410",
        413 => "413",
        415 => "415",
        416 => "416",
        422 => "422",
        426 => "426",
        429 => "429",
        500 => "500",
        502 => "502",
        503 => "503",
        504 => "504",
        507 => "507",
        other => class_name(other),
    }
}

fn class_name(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        5 => "5xx",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_methods_are_one_label() {
        let names: Vec<&str> = ["GET", "HEAD", "PURGE", "get", "M-SEARCH", "X1", "CONNECT", "TRACE"]
            .map(|method| method_name(&Method::from_bytes(method.as_bytes()).unwrap()))
            .to_vec();
        assert_eq!(names, ["GET", "HEAD", "other", "other", "other", "other", "other", "other"]);
    }

    #[test]
    fn every_status_has_one_of_few_labels() {
        let of = |code: u16| status_name(StatusCode::from_u16(code).unwrap());
        assert_eq!([of(200), of(413), of(418), of(599), of(999)], ["200", "413", "4xx", "5xx", "other"]);
        let all: std::collections::HashSet<&str> = (100..1000).map(of).collect();
        assert!(all.len() < 50, "{}", all.len());
    }
}
