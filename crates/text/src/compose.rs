//! A person's plain text to the HTML that others read: escaped, cut into paragraphs, with
//! addresses, mentions and hashtags linked. Everything a person typed is escaped; the only tags in
//! the result are those written here: p, br, a and span.

use std::fmt::Write as _;

use crate::links::{Entity, EntityKind, MentionRef, scan};
use crate::tags;

/// An address is shown up to this many characters behind its scheme.
const MAX_SHOWN_URL_CHARS: usize = 30;
const REL: &str = "nofollow noopener";
const REL_ME: &str = "nofollow noopener me";

/// What composing has to ask of its caller.
pub struct Links<'a> {
    /// Who is meant by a mention. `None` leaves it as plain text.
    pub mention: &'a dyn Fn(&MentionRef) -> Option<MentionTarget>,
    /// The address of a hashtag's page.
    pub tag: &'a dyn Fn(&TagRef) -> String,
    /// Who writes. A mentioned namesake of theirs is shown with a domain. The domain is `None`
    /// for an account of this server.
    pub author: Option<&'a MentionRef>,
}

/// The account behind a mention. `domain` is `None` for an account of this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionTarget {
    pub username: String,
    pub domain: Option<String>,
    pub url: String,
}

/// A hashtag in a text. Mastodon links to the name as written; tag pages do not mind the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRef {
    /// The normalised name, see `tags::normalize`.
    pub name: String,
    /// The name as it stands in the text.
    pub written: String,
}

/// The HTML of a status: paragraphs, at most [`crate::links::MAX_ENTITIES`] links. A blank text
/// gives the empty string. A mention shows a domain only where a name alone would be ambiguous.
///
/// Source: docs.joinmastodon.org/spec/activitypub/#sanitization and the markup Mastodon emits.
pub fn status_html(text: &str, links: &Links) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    paragraphs(&linked(text, links, REL, false))
}

/// The HTML of a profile's text: as a status, and its addresses also say `rel="me"`.
pub fn bio_html(text: &str, links: &Links) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    paragraphs(&linked(text, links, REL_ME, false))
}

/// The HTML of one profile field: a single line without paragraphs. Mentions of other servers'
/// accounts always show the domain, addresses say `rel="me"`.
pub fn field_html(text: &str, links: &Links) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    linked(text, links, REL_ME, true).lines().collect::<Vec<_>>().join(" ")
}

/// `&`, `<`, `>` and both quotes as entities: safe as text and inside of a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}

/// The text escaped, its entities linked, newlines (now all `\n`) still in place.
fn linked(text: &str, links: &Links, rel: &str, always_domain: bool) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let entities = scan(&text);
    let people: Vec<Option<MentionTarget>> = entities.iter().map(|e| resolve(e, links)).collect();
    let namesakes = Namesakes::of(links.author, people.iter().flatten());

    let mut html = String::with_capacity(text.len() * 2);
    let mut done = 0;
    for (entity, person) in entities.iter().zip(&people) {
        html.push_str(&escape(&text[done..entity.start]));
        done = entity.end;
        let source = &text[entity.start..entity.end];
        match (&entity.kind, person) {
            (EntityKind::Url, _) => push_url(&mut html, source, rel),
            (EntityKind::Hashtag(written), _) => push_hashtag(&mut html, written, links),
            (EntityKind::Mention(_), Some(person)) => {
                push_mention(&mut html, person, always_domain || namesakes.share_name(person));
            }
            (EntityKind::Mention(_), None) => html.push_str(&escape(source)),
        }
    }
    html.push_str(&escape(&text[done..]));
    html
}

fn resolve(entity: &Entity, links: &Links) -> Option<MentionTarget> {
    match &entity.kind {
        EntityKind::Mention(mention) => (links.mention)(mention),
        _ => None,
    }
}

/// The names in play, in lower case, each with its domain: sorted, every person once.
struct Namesakes(Vec<(String, Option<String>)>);

impl Namesakes {
    fn of<'a>(author: Option<&MentionRef>, people: impl Iterator<Item = &'a MentionTarget>) -> Namesakes {
        let author = author.map(|a| handle(&a.username, a.domain.as_deref()));
        let mut handles: Vec<_> = people.map(|p| handle(&p.username, p.domain.as_deref())).chain(author).collect();
        handles.sort();
        handles.dedup();
        Namesakes(handles)
    }

    fn share_name(&self, person: &MentionTarget) -> bool {
        let name = person.username.to_lowercase();
        let first = self.0.partition_point(|(other, _)| *other < name);
        self.0[first..].iter().take_while(|(other, _)| *other == name).nth(1).is_some()
    }
}

fn handle(username: &str, domain: Option<&str>) -> (String, Option<String>) {
    (username.to_lowercase(), domain.map(str::to_lowercase))
}

fn push_mention(html: &mut String, person: &MentionTarget, with_domain: bool) {
    let mut shown = escape(&person.username);
    if let (true, Some(domain)) = (with_domain, &person.domain) {
        let (readable, _) = idna::domain_to_unicode(domain);
        shown = format!("{shown}@{}", escape(&readable));
    }
    let url = escape(&person.url);
    let _ = write!(html, r#"<span class="h-card" translate="no"><a href="{url}" class="u-url mention">@<span>{shown}</span></a></span>"#);
}

fn push_hashtag(html: &mut String, written: &str, links: &Links) {
    let tag = TagRef { name: tags::normalize(written), written: written.to_owned() };
    let url = escape(&(links.tag)(&tag));
    let shown = escape(written);
    let _ = write!(html, r##"<a href="{url}" class="mention hashtag" rel="tag">#<span>{shown}</span></a>"##);
}

/// Three spans: the scheme (hidden), the part that is shown, the rest (hidden).
fn push_url(html: &mut String, url: &str, rel: &str) {
    let (scheme, rest) = url.split_at(scheme_len(url));
    let (shown, hidden) = rest.split_at(shown_len(rest));
    let class = if hidden.is_empty() { "" } else { "ellipsis" };
    let (href, scheme, shown, hidden) = (escape(url), escape(scheme), escape(shown), escape(hidden));
    let _ = write!(
        html,
        r#"<a href="{href}" target="_blank" rel="{rel}" translate="no"><span class="invisible">{scheme}</span><span class="{class}">{shown}</span><span class="invisible">{hidden}</span></a>"#
    );
}

fn scheme_len(url: &str) -> usize {
    const HIDDEN: [&str; 5] = ["https://www.", "https://", "http://www.", "http://", "xmpp:"];
    HIDDEN.iter().find(|scheme| url.starts_with(**scheme)).map_or(0, |scheme| scheme.len())
}

/// How many bytes are shown. A single hidden character would take less room than the ellipsis,
/// so it is shown as well.
fn shown_len(rest: &str) -> usize {
    let mut behind = rest.char_indices().skip(MAX_SHOWN_URL_CHARS);
    match (behind.next(), behind.next()) {
        (Some((cut, _)), Some(_)) => cut,
        _ => rest.len(),
    }
}

/// Blank lines part paragraphs, other newlines are breaks; no newline is left. Empty paragraphs
/// at the ends are dropped.
fn paragraphs(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 16);
    for paragraph in html.split("\n\n").map(|p| p.trim_matches('\n')).filter(|p| !p.is_empty()) {
        let _ = write!(out, "<p>{}</p>", paragraph.replace('\n', "<br />"));
    }
    out
}

#[cfg(test)]
mod tests;
