//! The document of an address that a person typed: it may be that of a page for people, which names it.

use serde_json::Value;
use url::Url;
use wire::activity::{self, address};
use wire::webfinger::is_activity_type;

use super::budget::Budget;
use super::fetch::{self, As, Failure};
use crate::{App, net};

/// Tags of a page that are looked at for a link, within its first bytes.
const TAGS_MAX: usize = 2_000;
const HEAD_MAX: usize = 256 * 1024;
/// Links in a header that are looked at.
const LINKS_MAX: usize = 32;

/// The document at `url`, or the one that the page there names: once, not from page to page.
///
/// Errors: as those of [`fetch::document`].
pub async fn document(app: &App, url: Url, budget: &Budget) -> Result<Value, Failure> {
    let accept = format!("{}, text/html;q=0.1", activity::ACCEPT);
    let page = fetch::get(app, url.clone(), &accept, Some(As::Instance)).await?;
    if is_activity_type(page.header("content-type").unwrap_or_default()) {
        return fetch::own(app, url.as_str(), page, As::Instance).await;
    }
    let named = alternate(&page).ok_or_else(|| Failure::refused("the page names no document"))?;
    budget.spend()?;
    fetch::document(app, named.as_str(), As::Instance).await
}

/// The address a page names as its other form: in its header, else in its head.
fn alternate(page: &net::Response) -> Option<Url> {
    let header = page.headers.get_all("link").iter().filter_map(|value| value.to_str().ok()).find_map(in_header);
    let is_html = page.header("content-type").is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"));
    let found = header.or_else(|| in_html(&String::from_utf8_lossy(&page.body[..page.body.len().min(HEAD_MAX)])).filter(|_| is_html))?;
    page.url.join(&found).ok().filter(|url| address::is_address(url.as_str()))
}

/// Source: RFC 8288
fn in_header(header: &str) -> Option<String> {
    header.split('<').skip(1).take(LINKS_MAX).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        // A comma may be within quotes, but not in what is looked for.
        let of = |name: &str| {
            let parameter = parameters.split(';').skip(1).filter_map(|parameter| parameter.split_once('=')).find(|(known, _)| known.trim() == name);
            parameter.map(|(_, value)| value.trim().trim_end_matches(',').trim().trim_matches('"').to_owned())
        };
        let is_alternate = of("rel")?.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("alternate"));
        (is_alternate && is_wanted(&of("type")?)).then(|| target.trim().to_owned())
    })
}

fn in_html(html: &str) -> Option<String> {
    let tags = html.split('<').skip(1).take(TAGS_MAX).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag);
    let links = tags.filter(|tag| tag.get(..5).is_some_and(|name| name.eq_ignore_ascii_case("link ") || name.eq_ignore_ascii_case("link\n")));
    links.map(|tag| attributes(&tag[5..])).find_map(|found| {
        let of = |name: &str| found.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
        let is_alternate = of("rel")?.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("alternate"));
        (is_alternate && is_wanted(of("type")?)).then(|| of("href").map(str::to_owned)).flatten()
    })
}

/// The types by which a page names its document; some leave the profile out here.
fn is_wanted(kind: &str) -> bool {
    is_activity_type(kind) || kind.trim().eq_ignore_ascii_case("application/ld+json")
}

/// The attributes of a tag, quoted or not.
fn attributes(tag: &str) -> Vec<(&str, String)> {
    const ATTRIBUTES_MAX: usize = 20;
    let mut found = Vec::new();
    let mut rest = tag;
    while let Some((name, after)) = rest.split_once('=').filter(|_| found.len() < ATTRIBUTES_MAX) {
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let split = match quote {
            Some(quote) => after[1..].split_once(quote),
            None => Some(after.split_once(char::is_whitespace).unwrap_or((after, ""))),
        };
        let Some((value, next)) = split else { break };
        let name = name.split_ascii_whitespace().next_back().unwrap_or_default();
        found.push((name, value.replace("&amp;", "&")));
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_document_in_its_header_or_its_head() {
        let kind = "application/activity+json";
        for header in [
            format!("<https://a.test/1>; rel=\"alternate\"; type=\"{kind}\""),
            format!("<https://a.test/x.css>; rel=preload; as=style, <https://a.test/1>; type=\"{kind}\"; rel=alternate, <y>; rel=z"),
        ] {
            assert_eq!(in_header(&header).as_deref(), Some("https://a.test/1"), "{header}");
        }
        for header in ["", "<https://a.test/1>", "<https://a.test/1>; rel=alternate; type=\"text/html\"", "<https://a.test/1; rel=alternate"] {
            assert_eq!(in_header(header), None, "{header}");
        }
        for html in [
            format!("<html><head><link rel=\"stylesheet\" href=\"x\"><link href='/1?a&amp;b' rel='alternate' type='{kind}'>"),
            format!("<LINK REL=alternate TYPE={kind} HREF=/1?a&amp;b >"),
        ] {
            assert_eq!(in_html(&html).as_deref(), Some("/1?a&b"), "{html}");
        }
        for html in
            ["", "<link", "<link rel=alternate>", "<link rel=\"alternate\" type=\"application/rss+xml\" href=\"/1\">", "<linkx rel=alternate>"]
        {
            assert_eq!(in_html(html), None, "{html}");
        }
    }
}
