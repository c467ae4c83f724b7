//! GET /.well-known/webfinger

use app::federation::publish::webfinger::webfinger;
use app::{App, Error};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::answer::THREE_MINUTES;
use crate::error::Result;
use crate::extract::Params;

const JRD: HeaderValue = HeaderValue::from_static("application/jrd+json; charset=utf-8");

/// What is wrong with a resource is said by the status alone, and may be kept for a while.
///
/// Source: RFC 7033, docs.joinmastodon.org/spec/webfinger
pub async fn handler(State(app): State<App>, uri: Uri) -> Result<Response> {
    let resource = Params::from_query(uri.query().unwrap_or_default()).and_then(|params| params.filled("resource"));
    let Ok(Some(resource)) = resource else { return Ok(refusal(StatusCode::BAD_REQUEST)) };
    match webfinger(&app, &resource).await {
        Ok(Some(found)) => Ok(([(header::CONTENT_TYPE, JRD)], found.to_string()).into_response()),
        Ok(None) => Ok(refusal(StatusCode::GONE)),
        Err(Error::NotFound(_)) => Ok(refusal(StatusCode::NOT_FOUND)),
        Err(Error::Malformed(_)) => Ok(refusal(StatusCode::BAD_REQUEST)),
        Err(error) => Err(error.into()),
    }
}

fn refusal(status: StatusCode) -> Response {
    (status, [(header::CACHE_CONTROL, THREE_MINUTES)]).into_response()
}
