//! GET /.well-known/webfinger

use app::App;
use app::federation::publish::webfinger::webfinger;
use axum::extract::State;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};

use super::owner::gone;
use crate::error::{Fail, Result};
use crate::extract::Params;

const JRD: HeaderValue = HeaderValue::from_static("application/jrd+json; charset=utf-8");

/// Source: RFC 7033, docs.joinmastodon.org/spec/webfinger
pub async fn handler(State(app): State<App>, uri: Uri) -> Result<Response> {
    let resource = Params::from_query(uri.query().unwrap_or_default())?.filled("resource")?;
    let resource = resource.ok_or_else(|| Fail::missing_param("resource"))?;
    let Some(found) = webfinger(&app, &resource).await? else { return Ok(gone()) };
    Ok(([(header::CONTENT_TYPE, JRD)], found.to_string()).into_response())
}
