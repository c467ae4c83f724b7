//! Who is asking.

use std::sync::Arc;

use store::{AccountId, TokenId, UserId};

use crate::oauth::scopes::Scopes;

/// A signed-in person acting through a token, or in the browser.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub account_id: AccountId,
    pub user_id: UserId,
    pub username: Arc<str>,
    /// `None` in the browser.
    pub token_id: Option<TokenId>,
    pub application_id: Option<store::ApplicationId>,
    pub scopes: Scopes,
    pub locale: Option<Arc<str>>,
    /// Their account is limited by a moderator.
    pub silenced: bool,
    pub preferences: Preferences,
}

/// Defaults for posting, from the user's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    pub default_privacy: Option<String>,
    pub default_sensitive: bool,
    pub default_language: Option<String>,
    /// `public`, `followers` or `nobody`.
    pub default_quote_policy: Option<String>,
}

impl Preferences {
    /// Reads the JSON of `users.settings`, which has Mastodon's dotted keys.
    pub fn read(settings: &str) -> Preferences {
        let settings: serde_json::Value = serde_json::from_str(settings).unwrap_or_default();
        let word = |key: &str| settings.get(key).and_then(|v| v.as_str()).map(str::to_owned);
        Preferences {
            default_privacy: word("default_privacy"),
            default_sensitive: settings.get("default_sensitive").and_then(serde_json::Value::as_bool).unwrap_or(false),
            default_language: word("default_language"),
            default_quote_policy: word("default_quote_policy"),
        }
    }
}
