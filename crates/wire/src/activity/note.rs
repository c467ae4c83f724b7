//! Statuses as other servers write them: notes, questions, and kinds of objects that are shown as statuses.
//!
//! Reading is tolerant: what cannot be read is passed over, and the status stays. Text is returned as it
//! came; who keeps it cuts it, and makes it safe.
//!
//! Source: docs.joinmastodon.org/spec/activitypub/#status, www.w3.org/TR/activitystreams-vocabulary

use serde_json::Value;

use super::document::{first_of_map, id, id_of, ids, is_a, kind_among, many, one, text, words};
use super::{address, emoji, is_public, moment};

mod attachment;
mod audience;

pub use attachment::Attachment;
pub use audience::{Audience, Visibility};

/// What is a status by nature.
const NATIVE: &[&str] = &["Note", "Question"];
/// What is shown as one.
const CONVERTED: &[&str] = &["Article", "Page", "Video", "Audio", "Image", "Event"];
/// Tags that are looked at.
const TAGS_MAX: usize = 1000;
/// Mentions that have an effect.
pub const MENTIONS_MAX: usize = 100;
/// Hashtags that are kept.
pub const HASHTAGS_MAX: usize = 100;
/// Options of a poll that are read.
pub const OPTIONS_MAX: usize = 500;
/// Bytes of the name of a hashtag or of somebody mentioned; longer ones are none.
const NAME_MAX: usize = 2048;
/// Votes that are believed.
const COUNT_MAX: i64 = 1_000_000_000;
/// Favourites and reblogs that are believed. Mastodon's number
const TOTAL_MAX: i64 = 100_000_000;
/// Languages of one text that are looked at.
const LANGUAGES_MAX: usize = 200;
/// Answers within the document that are looked at.
pub const REPLIES_MAX: usize = 5;
/// Characters that show nothing: Misskey's word for a warning without words.
const INVISIBLE: &[char] = &['\u{200b}', '\u{200c}', '\u{200d}', '\u{feff}'];

/// What its text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    Html,
    /// Words that are to be escaped: plain text, and Markdown.
    Plain,
}

/// A status of another server.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub id: String,
    /// The page of it, perhaps on another host than its id: a link for people, never a reason to trust.
    pub url: Option<String>,
    /// The type it is read as: one of those above.
    pub kind: &'static str,
    /// Its authors as named; the first of them that its host may speak for wrote it.
    pub attributed_to: Vec<String>,
    pub content: String,
    pub markup: Markup,
    /// The title of a converted kind; what a vote is for.
    pub name: Option<String>,
    /// The warning, or what a converted kind is about. Not invisible characters alone.
    pub summary: String,
    pub sensitive: bool,
    /// As written, in lower case; `None` if it is not known.
    pub language: Option<String>,
    /// Milliseconds UTC.
    pub published: Option<i64>,
    pub updated: Option<i64>,
    pub in_reply_to: Option<String>,
    /// Whether it answers something, known or not.
    pub is_reply: bool,
    pub conversation: Option<String>,
    pub audience: Audience,
    pub mentions: Vec<Mention>,
    /// Names as written, without `#`.
    pub hashtags: Vec<String>,
    pub emojis: Vec<emoji::Emoji>,
    pub attachments: Vec<Attachment>,
    /// Pages it points to.
    pub links: Vec<String>,
    pub poll: Option<Poll>,
    /// Some answers, all on its own host.
    pub replies: Vec<String>,
    /// Where its answers are listed, on its own host, if none stands in the document.
    pub replies_at: Option<String>,
    /// How often others have marked it as a favourite and reblogged it, as its server counts.
    pub favourites: Option<i64>,
    pub reblogs: Option<i64>,
    pub atom_uri: Option<String>,
}

/// Somebody named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The actor, or a page of theirs.
    pub href: Option<String>,
    /// `user@host`, if the name says so, without the first `@`.
    pub name: Option<String>,
}

/// A poll as its server counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// Titles with their votes.
    pub options: Vec<(String, i64)>,
    pub multiple: bool,
    /// Milliseconds UTC.
    pub expires_at: Option<i64>,
    /// It is over, since an unknown time.
    pub closed: bool,
    pub voters: Option<i64>,
}

/// Whether the object is of a kind that is shown as a status.
pub fn is_status(object: &Value) -> bool {
    kind(object).is_some()
}

fn kind(object: &Value) -> Option<&'static str> {
    kind_among(object, NATIVE).or_else(|| kind_among(object, CONVERTED))
}

/// Reads a status; `None` if it is none, or has no address.
pub fn read(object: &Value) -> Option<Note> {
    let kind = kind(object)?;
    let uri = text(object, "id").filter(|uri| address::is_address(uri))?.to_owned();
    let (content, language) = content(object);
    let plain = text(object, "mediaType").is_some_and(|kind| matches!(kind, "text/markdown" | "text/plain" | "text/x.misskeymarkdown"));
    let summary = words(object, "summary");
    let visible = summary.map(|words| words.trim_matches(|c: char| c.is_whitespace() || INVISIBLE.contains(&c))).unwrap_or_default();
    let hidden = visible.is_empty() && summary.is_some_and(|words| words.contains(INVISIBLE));
    let name = words(object, "name").map(str::trim);
    let in_reply_to = id_of(object, "inReplyTo").or_else(|| text(object, "inReplyToAtomUri")).filter(|uri| !uri.is_empty());
    let (attachments, links) = attachment::list(object);
    let (replies, replies_at) = replies(object, &uri);
    Some(Note {
        url: page(object, &uri),
        kind,
        attributed_to: ids(object, "attributedTo").take(TAGS_MAX).map(str::to_owned).collect(),
        content,
        markup: if plain { Markup::Plain } else { Markup::Html },
        name: name.map(str::to_owned),
        summary: visible.to_owned(),
        sensitive: hidden || one(object, "sensitive").is_some_and(is_true),
        language,
        published: moment::of(object, "published"),
        updated: moment::of(object, "updated"),
        is_reply: in_reply_to.is_some(),
        in_reply_to: in_reply_to.filter(|uri| address::is_address(uri)).map(str::to_owned),
        conversation: conversation(object),
        audience: Audience::read(object),
        mentions: mentions(object),
        hashtags: hashtags(object),
        emojis: emoji::list(object),
        attachments,
        links,
        poll: poll(object),
        replies,
        replies_at,
        favourites: total(object, "likes"),
        reblogs: total(object, "shares"),
        atom_uri: text(object, "atomUri").map(str::to_owned),
        id: uri,
    })
}

/// Some write `"true"`, or a number.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::String(text) => matches!(text.as_str(), "true" | "1"),
        Value::Number(number) => number.as_f64() != Some(0.0),
        _ => false,
    }
}

/// The text and its language. A map of one language is the whole text: Friendica sends a shorter `content` beside it. Of
/// several languages the one with the same text counts; if none has it, nobody knows.
fn content(object: &Value) -> (String, Option<String>) {
    let known = |language: &str| Some(language.to_lowercase()).filter(|language| !language.is_empty() && language != "und");
    let words = text(object, "content").unwrap_or_default();
    let map: Vec<(&str, &str)> = object.get("contentMap").and_then(Value::as_object).map(entries).unwrap_or_default();
    let (words, language) = match map[..] {
        [] => {
            let other = first_of_map(object, "nameMap").or_else(|| first_of_map(object, "summaryMap"));
            (words, other.map(|(language, _)| language))
        }
        [(language, whole)] => (if whole.trim().is_empty() { words } else { whole }, Some(language)),
        [(language, first), ..] if words.is_empty() => (first, Some(language)),
        _ => (words, map.iter().find(|(_, same)| *same == words).map(|(language, _)| *language)),
    };
    (words.to_owned(), language.and_then(known))
}

/// The texts of a map by their languages; the first [`LANGUAGES_MAX`] of them.
fn entries(map: &serde_json::Map<String, Value>) -> Vec<(&str, &str)> {
    map.iter().filter_map(|(language, words)| Some((language.as_str(), words.as_str()?))).take(LANGUAGES_MAX).collect()
}

/// Its page: a link to HTML, else one on its own host, else the first that can be a page at all.
fn page(object: &Value, uri: &str) -> Option<String> {
    let pages: Vec<(&Value, String)> = many(object, "url").take(TAGS_MAX).filter_map(|link| Some((link, address::page(link)?))).collect();
    let is_html =
        |(link, _): &&(&Value, String)| text(link, "mediaType").or_else(|| text(link, "mimeType")).is_some_and(|kind| kind.starts_with("text/html"));
    let is_here = |(_, page): &&(&Value, String)| address::same_host(page, uri);
    let chosen = pages.iter().find(is_html).or_else(|| pages.iter().find(is_here)).or_else(|| pages.first());
    chosen.map(|(_, page)| page.clone())
}

/// What a collection within the document counts. It can be an address alone, which is not asked for.
fn total(object: &Value, key: &str) -> Option<i64> {
    let count = match one(object, key)?.get("totalItems")? {
        Value::Number(number) => number.as_f64()?,
        Value::String(digits) => digits.trim().parse::<u32>().ok()?.into(),
        _ => return None,
    };
    // Within its limits any count is a whole number of 64 bits.
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of TOTAL_MAX")]
    Some(count.clamp(0.0, TOTAL_MAX as f64) as i64)
}

/// `conversation` of old, or a context that can be asked for.
fn conversation(object: &Value) -> Option<String> {
    let uri = text(object, "conversation").or_else(|| id_of(object, "context"))?;
    (!uri.is_empty() && uri.len() <= address::ADDRESS_MAX).then(|| uri.to_owned())
}

fn mentions(object: &Value) -> Vec<Mention> {
    let mut found = Vec::new();
    for tag in many(object, "tag").take(TAGS_MAX).filter(|tag| is_a(tag, "Mention")) {
        let href = many(tag, "href").find_map(address::link).map(str::to_owned);
        let name =
            words(tag, "name").map(|name| name.trim().trim_start_matches('@').to_owned()).filter(|name| name.contains('@') && name.len() <= NAME_MAX);
        let mention = Mention { href, name };
        if (mention.href.is_some() || mention.name.is_some()) && !found.contains(&mention) && found.len() < MENTIONS_MAX {
            found.push(mention);
        }
    }
    found
}

fn hashtags(object: &Value) -> Vec<String> {
    let tags = many(object, "tag").take(TAGS_MAX).filter(|tag| is_a(tag, "Hashtag"));
    let names = tags.filter_map(|tag| words(tag, "name")).map(|name| name.trim().trim_start_matches('#'));
    names.filter(|name| !name.is_empty() && name.len() <= NAME_MAX).take(HASHTAGS_MAX).map(str::to_owned).collect()
}

fn poll(object: &Value) -> Option<Poll> {
    if !is_a(object, "Question") {
        return None;
    }
    let count = |value: &Value| value.as_i64().map(|count| count.clamp(0, COUNT_MAX));
    let option = |item: &Value| {
        let title = words(item, "name").or_else(|| words(item, "content"))?.trim();
        let votes = one(item, "replies").and_then(|replies| count(replies.get("totalItems")?)).or_else(|| count(item.get("_misskey_votes")?));
        Some((title.to_owned(), votes.unwrap_or(0)))
    };
    let options = |key: &str| -> Vec<(String, i64)> { many(object, key).take(OPTIONS_MAX).filter_map(option).collect() };
    let any_of = options("anyOf");
    let multiple = !any_of.is_empty();
    let options = if multiple { any_of } else { options("oneOf") };
    let closed = one(object, "closed");
    let closed_at = moment::of(object, "closed");
    (!options.is_empty()).then(|| Poll {
        options,
        multiple,
        expires_at: closed_at.or_else(|| moment::of(object, "endTime")),
        closed: closed.is_some_and(|closed| *closed != Value::Bool(false)),
        voters: one(object, "votersCount").and_then(count),
    })
}

/// Answers that stand in the document, on its own host, or else the address of their collection or its first page.
fn replies(object: &Value, uri: &str) -> (Vec<String>, Option<String>) {
    let Some(collection) = one(object, "replies") else { return (Vec::new(), None) };
    let first = one(collection, "first");
    let page = first.filter(|page| page.is_object()).unwrap_or(collection);
    let items = answers(page, uri);
    if !items.is_empty() {
        return (items, None);
    }
    // An empty page says that there is none.
    let named = if collection.is_object() { first.and_then(Value::as_str) } else { collection.as_str() };
    (items, named.filter(|at| address::is_address(at) && address::same_host(at, uri)).map(str::to_owned))
}

/// The answers to `uri` that a collection or one of its pages lists, on its own host: the first [`REPLIES_MAX`].
pub fn answers(page: &Value, uri: &str) -> Vec<String> {
    let items = ["items", "orderedItems"].into_iter().flat_map(|key| many(page, key)).take(TAGS_MAX).filter_map(id);
    let own = items.filter(|reply| *reply != uri && address::is_address(reply) && address::same_host(reply, uri));
    own.take(REPLIES_MAX).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
