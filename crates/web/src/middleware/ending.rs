//! `.json` at the end of a document's address, as Mastodon has it: the same as asking for the document there.

use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, Uri, header};

/// What stands at these addresses has two forms. No name there has a dot in it.
const PLACES: [&str; 6] = ["/@", "/users/", "/ap/users/", "/tags/", "/contexts/", "/emojis/"];
const ENDING: &str = ".json";

/// Strips the ending before the routes are looked at, and asks for a document instead.
pub fn without_ending(mut request: Request) -> Request {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if let Some(uri) = reads.then(|| shortened(request.uri())).flatten() {
        *request.uri_mut() = uri;
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/activity+json"));
    }
    request
}

/// The address without it; `None` if it has none.
fn shortened(uri: &Uri) -> Option<Uri> {
    let short = uri.path().strip_suffix(ENDING).filter(|short| !short.ends_with('/'))?;
    PLACES.iter().find(|place| short.strip_prefix(**place).is_some_and(|rest| !rest.is_empty()))?;
    let text = uri.query().map_or_else(|| short.to_owned(), |query| format!("{short}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_goes_where_there_are_two_forms() {
        let short = |uri: &str| shortened(&uri.parse().unwrap()).map(|uri| uri.to_string());
        for (written, path) in [
            ("/@alice.json", "/@alice"),
            ("/@alice/1.json?a=.json", "/@alice/1?a=.json"),
            ("/users/alice/outbox.json?page=true", "/users/alice/outbox?page=true"),
            ("/tags/cats.json", "/tags/cats"),
        ] {
            assert_eq!(short(written).as_deref(), Some(path), "{written}");
        }
        for kept in
            ["/@alice", "/@.json", "/users/.json", "/@alice/.json", "/media/a.json", "/assets/a.json", "/.well-known/host-meta.json", "/x.json"]
        {
            assert_eq!(short(kept), None, "{kept}");
        }
    }
}
