//! How long an answer may be kept, and which answers are to be asked for no more.
//!
//! What is not named here is private and not kept (`observe.rs`). A handler that says so itself is left alone, but for
//! answers to who signed.

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::extract::viewer::has_token;

const SHORTLY: HeaderValue = HeaderValue::from_static("max-age=15, public, stale-while-revalidate=30, stale-if-error=86400");
const FIVE_MINUTES: HeaderValue = HeaderValue::from_static("max-age=300, public, stale-while-revalidate=30, stale-if-error=86400");
const HALF_AN_HOUR: HeaderValue = HeaderValue::from_static("max-age=1800, public");
const THREE_DAYS: HeaderValue = HeaderValue::from_static("max-age=259200, public");
const NEVER: HeaderValue = HeaderValue::from_static("private, no-store");
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");

/// The same for everybody, with a token or without.
const FOR_ALL: &[&str] = &[
    "/api/v1/custom_emojis",
    "/api/v1/instance",
    "/api/v1/instance/activity",
    "/api/v1/instance/extended_description",
    "/api/v1/instance/languages",
    "/api/v1/instance/peers",
    "/api/v1/instance/privacy_policy",
    "/api/v1/instance/rules",
    "/api/v1/instance/terms_of_service",
    "/api/v1/instance/terms_of_service/{date}",
    "/api/v1/instance/translation_languages",
    "/api/v1/peers/search",
    "/api/v2/instance",
];

/// Public for whoever comes without a token. As in Mastodon, the timelines among them.
const FOR_ANONYMOUS: &[&str] = &[
    "/api/v1/accounts/lookup",
    "/api/v1/accounts/{id}",
    "/api/v1/accounts/{id}/featured_tags",
    "/api/v1/accounts/{id}/followers",
    "/api/v1/accounts/{id}/following",
    "/api/v1/accounts/{id}/statuses",
    "/api/v1/directory",
    "/api/v1/instance/domain_blocks",
    "/api/v1/polls/{id}",
    "/api/v1/statuses/{id}",
    "/api/v1/statuses/{id}/card",
    "/api/v1/statuses/{id}/context",
    "/api/v1/statuses/{id}/favourited_by",
    "/api/v1/statuses/{id}/history",
    "/api/v1/statuses/{id}/reblogged_by",
    "/api/v1/tags/{name}",
    "/api/v1/timelines/link",
    "/api/v1/timelines/public",
    "/api/v1/timelines/tag/{name}",
    "/api/v1/trends/links",
    "/api/v1/trends/statuses",
    "/api/v1/trends/tags",
];

/// Documents that are not the same for everybody who signs the request: what comes after the account in either family of
/// addresses, and a status at its page. A signature of RFC 9421 has the header, too.
const FOR_SIGNERS: &[&str] = &[
    "outbox",
    "collections/featured",
    "statuses/{id}",
    "statuses/{id}/activity",
    "statuses/{id}/replies",
    "statuses/{id}/likes",
    "statuses/{id}/shares",
];
const FAMILIES: [&str; 2] = ["/users/{username}/", "/ap/users/{account_id}/"];
const STATUS_PAGE: &str = "/{username}/{id}";

/// Since when Mastodon calls a path deprecated, in seconds since 1970: all below it is.
const DEPRECATED: &[(&str, &str)] = &[
    ("/api/v1/filters", "@1668384000"),
    ("/api/v1/suggestions", "@1621123200"),
    ("/api/v1/trends", "@1648598400"),
    ("/api/v1_alpha/collections", "@1781049600"),
];
const DEPRECATED_ALONE: &[(&str, &str)] = &[("/api/v1/instance", "@1668384000")];
/// Below a deprecated path, and not deprecated.
const STILL_GOOD: &[&str] = &["/api/v1/trends/links", "/api/v1/trends/statuses", "/api/v1/trends/tags"];

/// Marks good answers to reading requests.
pub async fn caching(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let anonymous = !has_token(&request);
    let signed = request.headers().contains_key("signature");
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let mut response = next.run(request).await;
    if let Some(since) = deprecated(&route, reads) {
        response.headers_mut().insert(DEPRECATION, HeaderValue::from_static(since));
    }
    if reads
        && response.status().is_success()
        && let Some(kept) = kept(&route, anonymous)
    {
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(kept);
    }
    if reads && is_for_signers(&route) {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("Signature"));
        // Also of what is public: no shared cache may give it to others who sign.
        if signed {
            response.headers_mut().insert(header::CACHE_CONTROL, NEVER);
        }
    }
    match known {
        Some(known) if reads && response.status() == StatusCode::OK && is_known(&known, response.headers()) => unchanged(response),
        _ => response,
    }
}

/// Whether `If-None-Match` names what is answered. Source: RFC 9110, section 13.1.2
fn is_known(known: &HeaderValue, headers: &HeaderMap) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Some(tag) = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(opaque) else { return false };
    known.to_str().is_ok_and(|known| known.trim() == "*" || known.split(',').any(|known| opaque(known) == tag))
}

/// The answer without what the client has already.
fn unchanged(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

fn kept(route: &str, anonymous: bool) -> Option<HeaderValue> {
    match route {
        "/.well-known/nodeinfo"
        | "/.well-known/webfinger"
        | "/.well-known/webfinger.json"
        | "/.well-known/host-meta"
        | "/.well-known/host-meta.json" => Some(THREE_DAYS),
        "/nodeinfo/2.0" | "/nodeinfo/2.1" => Some(HALF_AN_HOUR),
        _ if is_for_all(route) => Some(FIVE_MINUTES),
        _ if anonymous && FOR_ANONYMOUS.contains(&route) => Some(SHORTLY),
        _ => None,
    }
}

fn is_for_signers(route: &str) -> bool {
    let rest = FAMILIES.iter().find_map(|family| route.strip_prefix(family));
    route == STATUS_PAGE || rest.is_some_and(|rest| FOR_SIGNERS.contains(&rest))
}

/// Whether the answer is the same for everybody, so that it does not vary with the token.
pub fn is_for_all(route: &str) -> bool {
    FOR_ALL.contains(&route)
}

fn deprecated(route: &str, reads: bool) -> Option<&'static str> {
    let alone = DEPRECATED_ALONE.iter().find(|(path, _)| *path == route);
    let below = |path: &str| route.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let found = alone.or_else(|| DEPRECATED.iter().find(|(path, _)| below(path)))?;
    // Of suggestions only the list was replaced.
    let applies = !STILL_GOOD.contains(&route) && (found.0 != "/api/v1/suggestions" || reads && route == found.0);
    applies.then_some(found.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deprecated_is_said_so_with_all_below_it() {
        let since = |route: &str| deprecated(route, true);
        assert_eq!((since("/api/v1/instance"), since("/api/v1/instance/rules")), (Some("@1668384000"), None));
        assert_eq!(
            (since("/api/v1/filters"), since("/api/v1/filters/{id}"), since("/api/v1/filters2")),
            (Some("@1668384000"), Some("@1668384000"), None)
        );
        assert_eq!((since("/api/v1/trends"), since("/api/v1/trends/tags")), (Some("@1648598400"), None));
        assert_eq!((since("/api/v1/suggestions"), deprecated("/api/v1/suggestions/{id}", false)), (Some("@1621123200"), None));
    }

    #[test]
    fn only_the_anonymous_share_what_depends_on_the_viewer() {
        assert_eq!((kept("/api/v1/statuses/{id}", true), kept("/api/v1/statuses/{id}", false)), (Some(SHORTLY), None));
        assert_eq!((kept("/api/v2/instance", true), kept("/api/v2/instance", false)), (Some(FIVE_MINUTES), Some(FIVE_MINUTES)));
        assert_eq!(kept("/api/v1/timelines/home", true), None);
    }

    /// A path written otherwise than in the router would never be met.
    #[test]
    fn what_is_named_here_is_named_as_in_the_router() {
        let routes: Vec<&str> = crate::routes().iter().map(|(_, path, _)| *path).collect();
        let shape = |path: &str| path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/");
        for path in FAMILIES.iter().flat_map(|family| FOR_SIGNERS.iter().map(move |rest| format!("{family}{rest}"))).chain([STATUS_PAGE.to_owned()]) {
            assert!(routes.contains(&path.as_str()), "{path}");
        }
        for path in FOR_ALL.iter().chain(FOR_ANONYMOUS) {
            let same_shape: Vec<&&str> = routes.iter().filter(|route| shape(route) == shape(path)).collect();
            assert!(same_shape.is_empty() || same_shape.contains(&path), "{path} is {same_shape:?} in the router");
        }
    }
}
