//! Which of the two is meant, document or page, and how documents are answered.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use wire::activity::{CONTENT_TYPE, with_context};
use wire::signature::Sha256;

/// The same for everybody; as long as Mastodon says.
pub const THREE_MINUTES: HeaderValue = HeaderValue::from_static("max-age=180, public");
/// For who asked alone.
const NEVER: HeaderValue = HeaderValue::from_static("private, no-store");
const ACCEPT: HeaderValue = HeaderValue::from_static("Accept");
/// Types in an Accept header that are looked at.
const TYPES_MAX: usize = 50;

/// An ActivityPub document that everybody may read.
pub fn public(document: &Value) -> Response {
    let body = with_context(document);
    // Rack marks its answers so, which may have been packed on the way.
    let tag = HeaderValue::from_str(&format!("W/\"{}\"", Sha256::of(body.as_bytes()).base64()));
    let mut response = answer(body, THREE_MINUTES);
    if let Ok(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// An ActivityPub document; `public` if everybody may read it.
pub fn document(document: &Value, public: bool) -> Response {
    if public {
        return self::public(document);
    }
    answer(with_context(document), NEVER)
}

fn answer(body: String, kept: HeaderValue) -> Response {
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE)), (header::CACHE_CONTROL, kept), (header::VARY, ACCEPT)];
    (headers, body).into_response()
}

/// To another address; not for good unless it says so.
pub fn redirect(status: StatusCode, to: &str) -> Response {
    let Ok(to) = HeaderValue::from_str(to) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    (status, [(header::LOCATION, to), (header::VARY, ACCEPT)]).into_response()
}

/// Says in a page's headers where its document is.
pub fn with_alternate(mut page: Response, uri: &str) -> Response {
    alternate(&mut page, uri);
    page.headers_mut().append(header::VARY, ACCEPT);
    page
}

/// Says in a profile's headers where WebFinger tells of it. Source: RFC 7033 and Mastodon's `AccountControllerConcern`
pub fn with_lrdd(mut page: Response, webfinger: &str) -> Response {
    link(&mut page, &format!("<{webfinger}>; rel=\"lrdd\"; type=\"application/jrd+json\""));
    page
}

/// Says where the document of what is answered is.
pub fn alternate(response: &mut Response, uri: &str) {
    link(response, &format!("<{uri}>; rel=\"alternate\"; type=\"application/activity+json\""));
}

/// One header for all links, as Mastodon writes it.
fn link(response: &mut Response, link: &str) {
    let headers = response.headers_mut();
    let before = headers.get(header::LINK).and_then(|links| links.to_str().ok()).map(|links| format!("{links}, ")).unwrap_or_default();
    if let Ok(links) = HeaderValue::from_str(&format!("{before}{link}")) {
        headers.insert(header::LINK, links);
    }
}

/// What is asked for at an address that has both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Document,
    Page,
    /// It does not say.
    Either,
}

/// What the Accept header asks for: of document and page what has the higher quality, of equals what comes first.
pub fn wanted(headers: &HeaderMap) -> Wanted {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(split);
    let mut best: Option<(u32, Wanted)> = None;
    for kind in accepted.take(TYPES_MAX) {
        let (name, quality) = read(kind);
        let wanted = match name.as_str() {
            // Plain JSON, too: pages have no other form of it.
            "application/activity+json" | "application/ld+json" | "application/json" => Wanted::Document,
            "text/html" | "application/xhtml+xml" => Wanted::Page,
            _ => continue,
        };
        if quality > best.map_or(0, |(quality, _)| quality) {
            best = Some((quality, wanted));
        }
    }
    best.map_or(Wanted::Either, |(_, wanted)| wanted)
}

/// The types of a header; a comma between quotes is part of a parameter.
fn split(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    value.split(move |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

/// The name of a type and its quality in thousandths.
fn read(kind: &str) -> (String, u32) {
    let mut parts = kind.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=")).and_then(|q| q.parse::<f64>().ok());
    (name, quality.map_or(1_000, |q| (q.clamp(0.0, 1.0) * 1_000.0) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_accepted_is_answered_and_of_equals_the_first() {
        let check = |accept: &str, expected: Wanted| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(wanted(&headers), expected, "{accept}");
        };
        check("application/activity+json", Wanted::Document);
        check("Application/LD+JSON; profile=\"https://www.w3.org/ns/activitystreams\"", Wanted::Document);
        check("application/ld+json; profile=\"https://www.w3.org/ns/activitystreams, text/html\"", Wanted::Document);
        check("application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\", application/activity+json, text/html;q=0.1", Wanted::Document);
        check("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Wanted::Page);
        check("text/html, application/activity+json", Wanted::Page);
        check("text/html;q=0.5, application/activity+json;q=0.9", Wanted::Document);
        check("application/activity+json;q=0", Wanted::Either);
        check("application/json", Wanted::Document);
        check("text/html, application/json;q=0.9", Wanted::Page);
        check("*/*", Wanted::Either);
        assert_eq!(wanted(&HeaderMap::new()), Wanted::Either);
    }
}
