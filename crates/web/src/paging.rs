//! The Link header. Clients must follow it: the key of a page is not always the id of its items.

use app::Page;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use url::form_urlencoded;

/// Parameters that a link replaces.
const REPLACED: &[&str] = &["max_id", "since_id", "min_id", "access_token", "bearer_token"];

/// Which pages a list links to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Timelines and notifications: `next` whenever there is an item; `prev` by `min_id`.
    Timeline,
    /// Other lists: `next` only when the page is full; `prev` by `min_id`.
    List,
    /// Lists of accounts and of followed hashtags: as `List`, but `prev` by `since_id`.
    Accounts,
}

/// The header for a page whose first and last items have these keys.
pub fn link(base: &str, uri: &Uri, style: Style, page: &Page, keys: &[i64]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return headers };
    let mut links = Vec::new();
    if style == Style::Timeline || keys.len() as i64 >= page.limit {
        links.push(format!("<{}>; rel=\"next\"", address(base, uri, "max_id", *last)));
    }
    let prev = if style == Style::Accounts { "since_id" } else { "min_id" };
    links.push(format!("<{}>; rel=\"prev\"", address(base, uri, prev, *first)));
    if let Ok(value) = HeaderValue::from_str(&links.join(", ")) {
        headers.insert(header::LINK, value);
    }
    headers
}

fn address(base: &str, uri: &Uri, name: &str, key: i64) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if !REPLACED.contains(&&*name) {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair(name, &key.to_string());
    format!("{base}{}?{}", uri.path(), query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_the_filters_and_replace_the_place() {
        let uri: Uri = "/api/v1/timelines/home?limit=2&max_id=9&access_token=secret".parse().unwrap();
        let link = |style, keys: &[i64]| {
            let headers = link("https://a.test", &uri, style, &Page::first(2), keys);
            headers.get("link").map(|value| value.to_str().unwrap().to_owned())
        };
        let next = "<https://a.test/api/v1/timelines/home?limit=2&max_id=7>; rel=\"next\"";
        assert_eq!(link(Style::List, &[8, 7]).unwrap(), format!("{next}, <https://a.test/api/v1/timelines/home?limit=2&min_id=8>; rel=\"prev\""));
        assert_eq!(link(Style::Accounts, &[8]).unwrap(), "<https://a.test/api/v1/timelines/home?limit=2&since_id=8>; rel=\"prev\"");
        assert!(link(Style::Timeline, &[7]).unwrap().starts_with(next));
        assert_eq!(link(Style::List, &[]), None);
    }
}
