//! Slashes too many: one at the end of an API path, and doubled ones, as of clients whose base address ends in a slash.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// Strips them before the routes are looked at.
pub fn without_slash(mut request: Request) -> Request {
    if let Some(uri) = shortened(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

/// The address without them; `None` if there are none.
fn shortened(uri: &Uri) -> Option<Uri> {
    let path = single(uri.path());
    let short = path.strip_suffix('/').filter(|short| short.starts_with("/api/")).unwrap_or(&path);
    if short.len() == uri.path().len() {
        return None;
    }
    let text = uri.query().map_or_else(|| short.to_owned(), |query| format!("{short}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}

/// The path with one slash wherever there are several.
fn single(path: &str) -> Cow<'_, str> {
    if !path.contains("//") {
        return Cow::Borrowed(path);
    }
    let mut single = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !single.ends_with('/') {
            single.push(c);
        }
    }
    Cow::Owned(single)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slash_goes_from_paths_of_the_api() {
        let short = |uri: &str| shortened(&uri.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(short("/api/v1/instance/").as_deref(), Some("/api/v1/instance"));
        assert_eq!(short("https://a.test/api/v1/x/?a=1/").as_deref(), Some("https://a.test/api/v1/x?a=1/"));
        for kept in ["/api/v1/instance", "/@alice/", "/", "/api/", "/api/v1/x?a=/", "/x?uri=https://a.test//b"] {
            assert_eq!(short(kept), None, "{kept}");
        }
    }

    #[test]
    fn doubled_slashes_are_as_good_as_one() {
        let short = |uri: &str| shortened(&uri.parse().unwrap()).map(|uri| uri.to_string());
        for (written, path) in [
            ("//api/v1/instance", "/api/v1/instance"),
            ("/api//v1///instance", "/api/v1/instance"),
            ("/api/v1/x//", "/api/v1/x"),
            ("//oauth/token?a=b//c", "/oauth/token?a=b//c"),
            ("//@alice//1", "/@alice/1"),
            ("///", "/"),
        ] {
            assert_eq!(short(written).as_deref(), Some(path), "{written}");
        }
    }
}
