//! Who is asking.

use std::sync::Arc;

use store::{AccountId, TokenId, UserId};

use crate::permissions::{Permission, Permissions};
use crate::scopes::Scopes;
use crate::{Error, Result};

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
    pub permissions: Permissions,
    pub preferences: Preferences,
}

impl Viewer {
    /// Errors: `Forbidden` if neither their role nor that of everybody allows it.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.permissions.allow(permission) { Ok(()) } else { Err(Error::forbidden()) }
    }
}

/// Keys of `users.settings` that are written here, which are Mastodon's: for who writes them and for who reads them.
pub(crate) mod settings {
    pub const PRIVACY: &str = "default_privacy";
    pub const SENSITIVE: &str = "default_sensitive";
    pub const LANGUAGE: &str = "default_language";
    pub const QUOTE_POLICY: &str = "default_quote_policy";
}

/// Defaults for posting, from the user's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    pub default_privacy: Option<String>,
    pub default_sensitive: bool,
    pub default_language: Option<String>,
    /// What public timelines show, codes between commas: `,en,de,`; `None` is every language.
    pub chosen_languages: Option<String>,
    /// `public`, `followers` or `nobody`.
    pub default_quote_policy: Option<String>,
    /// `default`, `show_all` or `hide_all`.
    pub display_media: Option<String>,
    pub expand_content_warnings: bool,
    pub auto_play: bool,
}

impl Preferences {
    /// Reads the JSON of `users.settings`, which has Mastodon's dotted keys. Who did not choose posts
    /// publicly, or from a locked account to followers only.
    pub fn read(settings: &str, locked: bool) -> Preferences {
        let kept: serde_json::Value = serde_json::from_str(settings).unwrap_or_default();
        let word = |key: &str| kept.get(key).and_then(|v| v.as_str()).map(str::to_owned);
        let flag = |key: &str| kept.get(key).and_then(serde_json::Value::as_bool).unwrap_or(false);
        Preferences {
            default_privacy: word(settings::PRIVACY).or_else(|| locked.then(|| "private".to_owned())),
            default_sensitive: flag(settings::SENSITIVE),
            default_language: word(settings::LANGUAGE),
            chosen_languages: languages(kept.get("chosen_languages")),
            default_quote_policy: word(settings::QUOTE_POLICY),
            display_media: word("web.display_media"),
            expand_content_warnings: flag("web.expand_content_warnings"),
            auto_play: flag("web.auto_play"),
        }
    }
}

/// Codes of a JSON list between commas.
fn languages(list: Option<&serde_json::Value>) -> Option<String> {
    let codes: Vec<&str> = list?.as_array()?.iter().filter_map(serde_json::Value::as_str).collect();
    (!codes.is_empty()).then(|| format!(",{},", codes.join(",")))
}
