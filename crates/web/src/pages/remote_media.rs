//! GET /media/remote/…: media of other servers, fetched when somebody first looks.

use app::media::remote::{self, Missing, Wanted};
use app::{App, Error};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::error::Result;

/// What an address names changes only with the address.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The address of an emoji stays when its picture changes.
const A_DAY: &str = "public, max-age=86400";
/// What is not there now may be soon.
const MISSING: &str = "public, max-age=60";
/// When a server has answered some of what waits for it.
const RETRY_AFTER_S: &str = "10";

/// Serves a thing of another server, whole or a part of it; 404 for what there is not, 502 for what does
/// not come, 503 if too much is asked for at the moment. It is never a redirect: that would tell the viewer's address to
/// strangers.
pub async fn handler(State(app): State<App>, Path(path): Path<String>, headers: HeaderMap) -> Result<Response> {
    let Some(wanted) = Wanted::read(&path) else { return Ok(missing(StatusCode::NOT_FOUND)) };
    let opened = match remote::open(&app, &wanted).await? {
        Ok(opened) => opened,
        Err(Missing::Gone) => return Ok(missing(StatusCode::NOT_FOUND)),
        Err(Missing::Unreachable) => return Ok(missing(StatusCode::BAD_GATEWAY)),
        Err(Missing::Later) => return Ok(later()),
    };
    let keep = if wanted.tag.is_some() { FOR_EVER } else { A_DAY };
    let (mut file, size) = (opened.file, opened.size);
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok()).and_then(|range| read_range(range, size));
    let mut response = match range {
        Some(Err(())) => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            response.headers_mut().insert(header::CONTENT_RANGE, value(&format!("bytes */{size}"))?);
            return Ok(response);
        }
        Some(Ok((first, last))) => {
            file.seek(std::io::SeekFrom::Start(first)).await.map_err(|error| Error::Temporary(format!("media storage: {error}")))?;
            let length = last - first + 1;
            let mut response = Body::from_stream(ReaderStream::new(file.take(length))).into_response();
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            response.headers_mut().insert(header::CONTENT_RANGE, value(&format!("bytes {first}-{last}/{size}"))?);
            response
        }
        None => {
            let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(opened.mime));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    protect(headers);
    Ok(response)
}

fn missing(status: StatusCode) -> Response {
    let mut response = status.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(MISSING));
    protect(response.headers_mut());
    response
}

/// A refusal that holds for a moment, so nobody keeps it.
fn later() -> Response {
    let mut response = missing(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
    response
}

/// Whatever a browser makes of it, it is not a page of ours.
fn protect(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

fn value(text: &str) -> Result<HeaderValue> {
    Ok(HeaderValue::from_str(text).map_err(Error::internal)?)
}

/// The first and the last byte of one range; `None` for what is to be ignored, an error for what is beyond the end.
/// Source: RFC 9110, section 14.2
fn read_range(text: &str, size: u64) -> Option<std::result::Result<(u64, u64), ()>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if first.is_empty() && is_number(last) {
        let suffix = last.parse::<u64>().ok()?.min(size);
        return Some(if suffix == 0 { Err(()) } else { Ok((size - suffix, size - 1)) });
    }
    if !is_number(first) || !(last.is_empty() || is_number(last)) {
        return None;
    }
    let first: u64 = first.parse().ok()?;
    let last = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
    if last < first {
        return None;
    }
    Some(if first < size { Ok((first, last.min(size - 1))) } else { Err(()) })
}

#[cfg(test)]
mod tests {
    use super::read_range;

    #[test]
    fn one_range_is_read_and_all_else_ignored() {
        for (text, expected) in [
            ("bytes=0-1", Some(Ok((0, 1)))),
            ("bytes=5-", Some(Ok((5, 9)))),
            ("bytes=5-100", Some(Ok((5, 9)))),
            ("bytes=-3", Some(Ok((7, 9)))),
            ("bytes=-30", Some(Ok((0, 9)))),
            ("bytes=10-", Some(Err(()))),
            ("bytes=-0", Some(Err(()))),
            ("bytes=3-2", None),
            ("bytes=0-1,3-4", None),
            ("bytes=+1-2", None),
            ("lines=0-1", None),
            ("bytes=-", None),
        ] {
            assert_eq!(read_range(text, 10), expected, "{text}");
        }
    }
}
