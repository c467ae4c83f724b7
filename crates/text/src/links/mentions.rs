//! Mentions: `@user` and `@user@domain`, not inside of an e-mail address or a path.

use super::{EntityKind, Found, MAX_DOMAIN_CHARS, MAX_USERNAME_CHARS, MentionRef, longer_than, run};
use crate::chars::{is_latin_accent, is_word};

/// Ends of domains that are never public. Source: RFC 6761, and ICANN's reservation of .internal
const PRIVATE_ENDS: [&str; 3] = [".localhost", ".test", ".internal"];
const PORT_DIGITS_MAX: usize = 5;

/// Reads a mention at the start of `rest`, whose first character is `@`; `before` is the
/// character in front of it.
pub fn read(rest: &str, before: Option<char>) -> Option<Found> {
    if before.is_some_and(|c| c == '=' || c == '/' || is_word(c)) {
        return None;
    }
    let name_len = parts(&rest[1..], |c| c.is_ascii_alphanumeric() || c == '_');
    if name_len == 0 {
        return None;
    }
    let username = &rest[1..1 + name_len];
    let mut len = 1 + name_len;
    let mut domain = None;
    if let Some(after_at) = rest[len..].strip_prefix('@') {
        let domain_len = parts(after_at, is_word);
        if domain_len > 0 {
            let domain_len = domain_len + port(&after_at[..domain_len], &after_at[domain_len..]);
            domain = Some(&after_at[..domain_len]);
            len += 1 + domain_len;
        }
    }
    let too_long = longer_than(username, MAX_USERNAME_CHARS) || domain.is_some_and(|d| longer_than(d, MAX_DOMAIN_CHARS));
    if too_long || continues(&rest[len..]) {
        return Some(Found::Plain(len));
    }
    let mention = MentionRef { username: username.to_owned(), domain: domain.map(str::to_owned) };
    Some(Found::Link(len, EntityKind::Mention(mention)))
}

/// The length of a port and its colon after a domain. Only those of private networks and tests have one: after any
/// other a colon and a number are text.
fn port(domain: &str, after: &str) -> usize {
    let domain = domain.to_ascii_lowercase();
    let is_private = domain == "localhost" || PRIVATE_ENDS.iter().any(|end| domain.ends_with(end));
    let digits = after.strip_prefix(':').map_or(0, |port| run(port, |c| c.is_ascii_digit()));
    if is_private && (1..=PORT_DIGITS_MAX).contains(&digits) { 1 + digits } else { 0 }
}

/// Runs of `accept` joined by dots and hyphens; never ends with one of those. Length in bytes.
fn parts(text: &str, accept: impl Fn(char) -> bool) -> usize {
    let mut end = run(text, &accept);
    if end == 0 {
        return 0;
    }
    loop {
        let joint = run(&text[end..], |c| c == '.' || c == '-');
        let part = run(&text[end + joint..], &accept);
        if joint == 0 || part == 0 {
            return end;
        }
        end += joint + part;
    }
}

/// What follows shows that this was no mention: another at sign, an accent, a scheme's `://`.
fn continues(after: &str) -> bool {
    after.starts_with(|c| c == '@' || c == '＠' || is_latin_accent(c)) || after.starts_with("://")
}
