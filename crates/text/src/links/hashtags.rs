//! Hashtags: a `#` at the start, after white space or after punctuation, then a name of word characters with
//! something in it that is not a digit. Separators such as the middle dot may stand inside.

use super::{EntityKind, Found, MAX_TAG_CHARS, longer_than, run};
use crate::chars::{is_tag_separator, is_word};

/// Reads a hashtag at the start of `rest`, whose first character is `#` or `＃`; `before` is the
/// character in front of it.
pub fn read(rest: &str, before: Option<char>) -> Option<Found> {
    if before.is_some_and(glues_to_hashtag) {
        return None;
    }
    let sign = rest.chars().next()?.len_utf8();
    let mut name = &rest[sign..];
    name = &name[..prefix_len(name)?];
    if rest[sign + name.len()..].starts_with("://") {
        name = without_scheme(name)?;
    }
    let len = sign + name.len();
    if longer_than(name, MAX_TAG_CHARS) {
        return Some(Found::Plain(len));
    }
    Some(Found::Link(len, EntityKind::Hashtag(name.to_owned())))
}

/// In front of a `#` these make it part of something else: a word, an address without its scheme, a character reference.
fn glues_to_hashtag(c: char) -> bool {
    is_word(c) || matches!(c, '#' | '＃' | '/' | '=' | '&' | '?' | '%' | '@' | '~' | '.' | ')' | '+' | '$')
}

/// Length in bytes of the hashtag name at the start of `text`, or none if there is none.
///
/// A name of three or more characters may contain separators between its first and its last
/// character, and needs a letter or a separator there. Any other name is one word with a letter.
pub(crate) fn prefix_len(text: &str) -> Option<usize> {
    joined_words(text).or_else(|| single_word(text))
}

fn joined_words(text: &str) -> Option<usize> {
    if !text.starts_with(is_word) {
        return None;
    }
    let all = &text[..run(text, |c| is_word(c) || is_tag_separator(c))];
    let name = all.trim_end_matches(|c| !is_word(c));
    let mut inner = name.chars();
    inner.next();
    inner.next_back();
    inner.any(|c| c.is_alphabetic() || is_tag_separator(c)).then_some(name.len())
}

fn single_word(text: &str) -> Option<usize> {
    let name = &text[..run(text, is_word)];
    name.contains(char::is_alphabetic).then_some(name.len())
}

/// `#soonhttps://example.com`: somebody forgot the space.
fn without_scheme(name: &str) -> Option<&str> {
    let stripped = name.strip_suffix("https").or_else(|| name.strip_suffix("http")).unwrap_or(name);
    (prefix_len(stripped) == Some(stripped.len())).then_some(stripped)
}
