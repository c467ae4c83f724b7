//! A slash at the end of an API path is as good as none.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// Takes the slash away before the routes are looked at.
pub fn without_slash(mut request: Request) -> Request {
    if let Some(uri) = shortened(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn shortened(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let short = path.strip_suffix('/').filter(|short| short.starts_with("/api/") && !short.ends_with('/'))?;
    let text = uri.query().map_or_else(|| short.to_owned(), |query| format!("{short}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slash_goes_from_paths_of_the_api() {
        let short = |uri: &str| shortened(&uri.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(short("/api/v1/instance/").as_deref(), Some("/api/v1/instance"));
        assert_eq!(short("https://a.test/api/v1/x/?a=1/").as_deref(), Some("https://a.test/api/v1/x?a=1/"));
        for kept in ["/api/v1/instance", "/api/v1/x//", "/@alice/", "/", "/api/", "/api/v1/x?a=/"] {
            assert_eq!(short(kept), None, "{kept}");
        }
    }
}
