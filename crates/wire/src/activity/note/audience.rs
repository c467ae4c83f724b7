//! Whom a status is addressed to.

use std::collections::HashSet;

use serde_json::Value;

use super::super::document::ids;
use super::is_public;

/// Addresses of one property that are looked at.
const ADDRESSES_MAX: usize = 1000;

/// Who may see a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Public,
    Unlisted,
    Private,
    Direct,
    /// Some people, not all of whom are named.
    Limited,
}

/// The addresses of an object or an activity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    pub to: Vec<String>,
    pub cc: Vec<String>,
    /// LitePub's word on whether it is a message to those named.
    pub direct_message: Option<bool>,
}

impl Audience {
    pub fn read(object: &Value) -> Audience {
        let list = |key: &str| ids(object, key).take(ADDRESSES_MAX).map(str::to_owned).collect();
        Audience { to: list("to"), cc: list("cc"), direct_message: object.get("directMessage").and_then(Value::as_bool) }
    }

    pub fn is_empty(&self) -> bool {
        self.to.is_empty() && self.cc.is_empty()
    }

    /// Everybody who is addressed, once.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let mut seen = HashSet::new();
        self.to.iter().chain(&self.cc).map(String::as_str).filter(move |address| seen.insert(*address))
    }

    /// Who may see it. `followers` is the author's collection, empty if there is none; `is_named` says of an
    /// address whether a mention names it.
    ///
    /// Source: docs.joinmastodon.org/spec/activitypub/#properties-used
    pub fn visibility(&self, followers: &str, is_named: impl Fn(&str) -> bool) -> Visibility {
        let is_followers = |address: &String| !followers.is_empty() && address == followers;
        if self.to.iter().any(|address| is_public(address)) {
            Visibility::Public
        } else if self.cc.iter().any(|address| is_public(address)) {
            Visibility::Unlisted
        } else if self.to.iter().chain(&self.cc).any(is_followers) {
            Visibility::Private
        } else if self.direct_message == Some(false) {
            Visibility::Limited
        } else if self.direct_message == Some(true) || self.all().all(is_named) {
            Visibility::Direct
        } else {
            Visibility::Limited
        }
    }
}
