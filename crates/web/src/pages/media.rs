//! GET /media/…: stored files. Their type comes from their name, which we chose.

use app::{App, Error};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio_util::io::ReaderStream;

use crate::error::Result;

const TYPES: &[(&str, &str)] = &[("jpg", "image/jpeg"), ("png", "image/png"), ("gif", "image/gif"), ("webp", "image/webp")];

/// Serves a file, never as anything but a picture: uploads that wait for processing are not found.
pub async fn handler(State(app): State<App>, Path(key): Path<String>) -> Result<Response> {
    let ext = key.rsplit('.').next().unwrap_or_default();
    let mime = TYPES.iter().find(|(known, _)| *known == ext).map(|(_, mime)| *mime).ok_or_else(Error::not_found)?;
    let opened = app.files.open(&key).await.map_err(|e| Error::Temporary(format!("media storage: {e}")))?;
    let (file, size) = opened.ok_or_else(Error::not_found)?;
    let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}
