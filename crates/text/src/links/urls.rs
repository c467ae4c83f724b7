//! Addresses: http and https with a host, a port, a path and a query; xmpp and magnet.
//!
//! Punctuation that ends a sentence does not belong to an address, a closing parenthesis only if
//! it was opened inside. No list of top-level domains is kept: a last label of letters will do.

use url::Url;

use super::{EntityKind, Found, MAX_DOMAIN_CHARS, MAX_URL_CHARS, longer_than, run};
use crate::chars::{ends_address, is_host_char, may_follow_address};

/// Longest part of an xmpp address in front of its `@`, in bytes.
const MAX_XMPP_NODE_BYTES: usize = 1023;

/// Reads an address at the start of `rest`; `before` is the character in front of it.
pub fn read(rest: &str, before: Option<char>) -> Option<Found> {
    if before.is_some_and(glues_to_address) {
        return None;
    }
    let len = web(rest).or_else(|| xmpp(rest)).or_else(|| magnet(rest))?;
    let address = &rest[..len];
    if longer_than(address, MAX_URL_CHARS) || Url::parse(address).is_err() {
        return Some(Found::Plain(len));
    }
    Some(Found::Link(len, EntityKind::Url))
}

fn glues_to_address(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '@' | '＠' | '$' | '#' | '＃' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

fn web(text: &str) -> Option<usize> {
    let scheme = prefix(text, "https://").or_else(|| prefix(text, "http://"))?;
    let mut len = scheme + host(&text[scheme..])?;
    len += port(&text[len..]);
    len += path(&text[len..]);
    Some(len + query(&text[len..]))
}

/// `xmpp:user@host/resource?query`, also with an account in front: `xmpp://me@host/user@host`.
fn xmpp(text: &str) -> Option<usize> {
    let mut len = prefix(text, "xmpp:")?;
    if let Some(account) = text[len..].strip_prefix("//") {
        let node = xmpp_node(account);
        let host = host(&account[node..])?;
        if node == 0 || !account[node + host..].starts_with('/') {
            return None;
        }
        len += "//".len() + node + host + "/".len();
    }
    len += xmpp_node(&text[len..]);
    len += host(&text[len..])?;
    len += xmpp_resource(&text[len..]);
    Some(len + query(&text[len..]))
}

/// Length of `node@`, or zero.
fn xmpp_node(text: &str) -> usize {
    let node = run(text, |c| c.is_ascii_alphanumeric() || "-._~%!$()*+,;=".contains(c));
    let is_node = (1..=MAX_XMPP_NODE_BYTES).contains(&node) && text[node..].starts_with('@');
    if is_node { node + "@".len() } else { 0 }
}

/// Length of `/resource`, or zero; a sentence's punctuation at the end is left out.
fn xmpp_resource(text: &str) -> usize {
    if !text.starts_with('/') {
        return 0;
    }
    let all = 1 + run(&text[1..], |c| c.is_ascii_alphanumeric() || "-._~%!$&'()*+,;=".contains(c));
    let kept = text[..all].trim_end_matches(['.', ',', ';', '!', '\'', '(', ')']).len();
    if kept > 1 { kept } else { 0 }
}

fn magnet(text: &str) -> Option<usize> {
    let scheme = prefix(text, "magnet:")?;
    let query = query(&text[scheme..]);
    (query > 0).then_some(scheme + query)
}

/// Length of `wanted` if `text` starts with it in any case.
fn prefix(text: &str, wanted: &str) -> Option<usize> {
    text.get(..wanted.len())?.eq_ignore_ascii_case(wanted).then_some(wanted.len())
}

/// Length of the host name: labels joined by dots, the last one that can be a top-level domain.
/// What is glued to that one without being part of it is left out, as in `example.comを見て`.
fn host(text: &str) -> Option<usize> {
    let labels = labels(text);
    let mut tail = labels.windows(2).rev();
    tail.find_map(|pair| {
        let (name, last) = (&text[pair[0].0..pair[0].1], &text[pair[1].0..]);
        let end = pair[1].0 + top_level_domain(last)?;
        (!name.contains('_') && !longer_than(&text[..end], MAX_DOMAIN_CHARS)).then_some(end)
    })
}

/// Byte ranges of the labels at the start of `text`, within the longest allowed domain.
fn labels(text: &str) -> Vec<(usize, usize)> {
    let mut labels = Vec::new();
    let mut start = 0;
    let max_bytes = MAX_DOMAIN_CHARS * char::MAX_LEN_UTF8;
    while start <= max_bytes {
        let end = start + label(&text[start..]);
        if end == start {
            break;
        }
        labels.push((start, end));
        if !text[end..].starts_with('.') {
            break;
        }
        start = end + 1;
    }
    labels
}

/// Length of a label: host characters, with hyphens and underscores inside.
fn label(text: &str) -> usize {
    if !text.starts_with(is_host_char) {
        return 0;
    }
    let accepted = |c| is_host_char(c) || c == '-' || c == '_';
    let len: usize = text.chars().take(MAX_DOMAIN_CHARS).take_while(|c| accepted(*c)).map(char::len_utf8).sum();
    text[..len].trim_end_matches(['-', '_']).len()
}

/// Length of what can be a top-level domain at the start of a label: ASCII letters, letters of
/// one other script run, or punycode. Two letters at least, and no digit or at sign behind.
fn top_level_domain(label: &str) -> Option<usize> {
    if let Some(mark) = prefix(label, "xn--") {
        let code = run(&label[mark..], |c| c.is_ascii_alphanumeric() || c == '-');
        let len = label[..mark + code].trim_end_matches('-').len();
        return (len > mark).then_some(len);
    }
    let ascii = label.starts_with(|c: char| c.is_ascii());
    let len = run(label, |c| if ascii { c.is_ascii_alphabetic() } else { !c.is_ascii() && is_host_char(c) });
    let behind = label[len..].chars().next();
    let glued = behind.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '+' | '-'));
    (longer_than(&label[..len], 1) && !glued).then_some(len)
}

/// Length of `:digits`, or zero.
fn port(text: &str) -> usize {
    let digits = text.strip_prefix(':').map_or(0, |t| run(t, |c| c.is_ascii_digit()));
    if digits > 0 { ":".len() + digits } else { 0 }
}

/// Length of the path and fragment from its slash on, up to the last character that may end it.
fn path(text: &str) -> usize {
    if !text.starts_with('/') {
        return 0;
    }
    let (mut at, mut end) = (1, 1);
    while let Some(c) = text[at..].chars().next() {
        if c == '(' {
            let Some(group) = parentheses(&text[at..]) else {
                break;
            };
            at += group;
            end = at;
        } else if in_path(c) {
            at += c.len_utf8();
            if !may_follow_address(c) {
                end = at;
            }
        } else {
            break;
        }
    }
    end
}

fn in_path(c: char) -> bool {
    !c.is_whitespace() && !ends_address(c) && !matches!(c, '<' | '>' | '(' | ')' | '?')
}

/// Length of a closed pair of parentheses, which may have one more pair inside.
fn parentheses(text: &str) -> Option<usize> {
    let (mut depth, mut nested) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '(' if depth == 0 => depth = 1,
            '(' if depth == 1 && !nested => (depth, nested) = (2, true),
            ')' if depth == 2 => depth = 1,
            ')' if depth == 1 => return Some(at + 1),
            _ if in_path(c) => {}
            _ => return None,
        }
    }
    None
}

/// Length of `?query`, up to the last character that may end it, or zero.
fn query(text: &str) -> usize {
    let Some(rest) = text.strip_prefix('?') else {
        return 0;
    };
    let (mut end, mut open) = (0, 0);
    for (at, c) in rest.char_indices() {
        let closes = c == ')' && open > 0;
        open = open + usize::from(c == '(') - usize::from(closes);
        if closes || ends_query(c) {
            end = 1 + at + c.len_utf8();
        } else if !"!?*'();:+$%[].,~|@^".contains(c) && (c.is_ascii() || !may_follow_address(c)) {
            break;
        }
    }
    end
}

fn ends_query(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || "_&=#/-@".contains(c);
    }
    !c.is_whitespace() && !c.is_control() && !ends_address(c) && !may_follow_address(c) && !matches!(c, '\u{FFFE}' | '\u{FFFF}')
}
