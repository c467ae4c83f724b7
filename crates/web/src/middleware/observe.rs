//! A request's id, its span in the log, its place in the metrics, and the headers of every answer.

use std::time::Instant;

use app::request;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::caching::is_for_all;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const API_CSP: &str = "default-src 'none'; frame-ancestors 'none'; form-action 'none'";

/// Runs the request within its id.
pub async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = app::clock::random::<12>().map(hex::encode).unwrap_or_default();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let is_api = ["/api/", "/oauth/", "/.well-known/", "/nodeinfo/"].iter().any(|prefix| request.uri().path().starts_with(prefix));
    let matched = route.clone();
    let span = tracing::info_span!("request", %id, %method, route);
    let mut response = request::within(Some(id.clone()), next.run(request).instrument(span.clone())).await;
    let elapsed = started.elapsed();
    let status = response.status().as_u16();
    metrics::histogram!("ferrodon_http_request_seconds", "method" => method.to_string(), "route" => route, "status" => status.to_string())
        .record(elapsed.as_secs_f64());
    span.in_scope(|| tracing::debug!(status, ms = elapsed.as_secs_f64() * 1000.0, "answered"));
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    if is_api {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(API_CSP));
        let vary = if is_for_all(&matched) { "Accept-Language, Origin" } else { "Authorization, Accept-Language, Origin" };
        headers.append(header::VARY, HeaderValue::from_static(vary));
    }
    response
}
