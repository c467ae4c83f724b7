//! Scopes, exactly Mastodon's. Source: docs.joinmastodon.org/api/oauth-scopes/

use std::collections::BTreeSet;

/// Every scope there is, in the order shown to people.
pub const KNOWN: &[&str] = &[
    "profile",
    "read",
    "read:accounts",
    "read:blocks",
    "read:bookmarks",
    "read:collections",
    "read:favourites",
    "read:filters",
    "read:follows",
    "read:lists",
    "read:mutes",
    "read:notifications",
    "read:search",
    "read:statuses",
    "write",
    "write:accounts",
    "write:blocks",
    "write:bookmarks",
    "write:collections",
    "write:conversations",
    "write:favourites",
    "write:filters",
    "write:follows",
    "write:lists",
    "write:media",
    "write:mutes",
    "write:notifications",
    "write:reports",
    "write:statuses",
    "follow",
    "push",
    "admin:read",
    "admin:read:accounts",
    "admin:read:reports",
    "admin:read:domain_allows",
    "admin:read:domain_blocks",
    "admin:read:ip_blocks",
    "admin:read:email_domain_blocks",
    "admin:read:canonical_email_blocks",
    "admin:write",
    "admin:write:accounts",
    "admin:write:reports",
    "admin:write:domain_allows",
    "admin:write:domain_blocks",
    "admin:write:ip_blocks",
    "admin:write:email_domain_blocks",
    "admin:write:canonical_email_blocks",
];

/// What the old scope `follow` opens.
const FOLLOW: &[&str] = &["read:blocks", "read:follows", "read:mutes", "write:blocks", "write:follows", "write:mutes"];

/// A set of scopes in the order it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads words between spaces (or `+`); repeated words count once. Unknown ones are kept, to be
    /// refused by `unknown`.
    pub fn read(words: &str) -> Scopes {
        let mut seen = BTreeSet::new();
        Scopes(words.split([' ', '+', '\n', '\t']).filter(|w| !w.is_empty() && seen.insert(*w)).map(str::to_owned).collect())
    }

    /// What the browser session may do: everything.
    pub fn all() -> Scopes {
        Scopes(vec!["read".into(), "write".into(), "follow".into(), "push".into(), "profile".into()])
    }

    /// The same set in the order of [`KNOWN`], so that equal sets have one text.
    pub fn canonical(mut self) -> Scopes {
        self.0.sort_by_key(|scope| KNOWN.iter().position(|known| known == scope).unwrap_or(KNOWN.len()));
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn list(&self) -> &[String] {
        &self.0
    }

    /// The first word that is no scope.
    pub fn unknown(&self) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|scope| !KNOWN.contains(scope))
    }

    /// Whether the set opens `scope`: itself, by its parent, or by `follow`.
    pub fn opens(&self, scope: &str) -> bool {
        self.0.iter().any(|own| {
            own == scope || scope.strip_prefix(own.as_str()).is_some_and(|rest| rest.starts_with(':')) || (own == "follow" && FOLLOW.contains(&scope))
        })
    }

    /// Whether every scope of `wanted` is opened by this set.
    pub fn opens_all(&self, wanted: &Scopes) -> bool {
        wanted.0.iter().all(|scope| self.opens(scope))
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_opens_its_children_and_nothing_else() {
        let opens = |own: &str, wanted: &str| Scopes::read(own).opens(wanted);
        assert!(opens("read", "read:accounts") && opens("read", "read") && opens("admin:read", "admin:read:accounts"));
        assert!(opens("follow", "write:blocks") && !opens("follow", "write:statuses"));
        assert!(!opens("read:accounts", "read") && !opens("write", "read:accounts") && !opens("read", "readable") && !opens("", "read"));
    }

    #[test]
    fn equal_sets_have_one_text() {
        let text = |words: &str| Scopes::read(words).canonical().to_string();
        for words in ["read write push", "push write read", "write read write push read", "  write+push\nread "] {
            assert_eq!(text(words), "read write push", "{words:?}");
        }
        assert_ne!(text("read"), text("read read:accounts"), "what was asked for is kept, though the parent opens it");
    }

    #[test]
    fn unknown_scopes_are_found() {
        assert_eq!(Scopes::read("read write:statuses").unknown(), None);
        assert_eq!(Scopes::read("read nonsense").unknown(), Some("nonsense"));
    }
}
