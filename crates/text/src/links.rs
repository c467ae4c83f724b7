//! Finds what in a text is a link: web addresses, mentions of people, hashtags. What becomes of
//! them is not decided here; see `compose` for HTML and `count` for lengths.
//!
//! The text is read once from left to right. Whatever starts first wins, and the search goes on
//! behind it, so entities never overlap and the time is linear in the length of the text.

mod hashtags;
mod mentions;
mod urls;

pub(crate) use hashtags::prefix_len as hashtag_prefix_len;

/// After this many entities the rest of a text is plain. A text of that many is far beyond any
/// sensible length limit, since each of them counts at least two characters.
pub const MAX_ENTITIES: usize = 4096;
/// Longer addresses stay plain text.
pub const MAX_URL_CHARS: usize = 4096;
/// Longest domain in an address or a mention, in characters.
pub const MAX_DOMAIN_CHARS: usize = 253;
/// Longest user name in a mention, in characters; the hard limit for names of other servers.
pub const MAX_USERNAME_CHARS: usize = 2048;
/// Longest hashtag, in characters without the `#`.
pub const MAX_TAG_CHARS: usize = 500;

/// Something in a text that can become a link. `start..end` are byte offsets and include the
/// `@` or `#`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    pub start: usize,
    pub end: usize,
    pub kind: EntityKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityKind {
    /// An address with scheme: http, https, xmpp or magnet. It is the text of the entity.
    Url,
    Mention(MentionRef),
    /// A hashtag as written, without the `#`; see `tags::normalize` for the name it is stored by.
    Hashtag(String),
}

/// A person as somebody wrote them: `@username` or `@username@domain`, spelling untouched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MentionRef {
    pub username: String,
    pub domain: Option<String>,
}

/// What a reader found at a position.
enum Found {
    Link(usize, EntityKind),
    /// Looks like a link but must not be one; the search goes on behind it.
    Plain(usize),
}

/// Finds all links of a text in the order they stand, at most [`MAX_ENTITIES`].
///
/// Source: the observable rules of Mastodon and of twitter-text, which it uses.
pub fn scan(text: &str) -> Vec<Entity> {
    let mut entities = Vec::new();
    let mut before = None;
    let mut start = 0;
    while let Some(c) = text[start..].chars().next() {
        if entities.len() == MAX_ENTITIES {
            break;
        }
        let rest = &text[start..];
        let found = match c {
            '@' => mentions::read(rest, before),
            '#' | '＃' => hashtags::read(rest, before),
            'h' | 'H' | 'x' | 'X' | 'm' | 'M' => urls::read(rest, before),
            _ => None,
        };
        let len = match found {
            Some(Found::Link(len, kind)) => {
                entities.push(Entity { start, end: start + len, kind });
                len
            }
            Some(Found::Plain(len)) => len,
            None => c.len_utf8(),
        };
        start += len;
        before = text[..start].chars().next_back();
    }
    entities
}

/// Length in bytes of the longest prefix whose characters all satisfy `accept`.
fn run(text: &str, accept: impl Fn(char) -> bool) -> usize {
    text.find(|c| !accept(c)).unwrap_or(text.len())
}

/// Whether `text` has more than `max` characters, without counting them all.
fn longer_than(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().nth(max).is_some()
}

#[cfg(test)]
mod tests;
