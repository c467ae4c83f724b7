//! Payloads: what accounts have to do with each other, later.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{AccountId, FollowRequestId, ListId, MuteId};

use super::payload::Payload;

/// Lets in everybody who waits to follow an account that is locked no longer.
#[derive(Debug, Serialize, Deserialize)]
pub struct AuthorizeAll {
    pub account: AccountId,
    /// Requests up to this id have been looked at.
    pub after: FollowRequestId,
}

impl Payload for AuthorizeAll {
    const KIND: &'static str = "authorize_all";
    const LANE: Lane = Lane::Bulk;

    fn unique_key(&self) -> Option<String> {
        Some(self.account.to_string())
    }
}

/// Ends a mute when its time has run out.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndMute {
    pub mute: MuteId,
}

impl Payload for EndMute {
    const KIND: &'static str = "end_mute";
    const LANE: Lane = Lane::Interactive;
}

/// Ends what an account has to do with a host it blocks, a batch a transaction.
#[derive(Debug, Serialize, Deserialize)]
pub struct LeaveHost {
    pub account: AccountId,
    pub domain: String,
}

impl Payload for LeaveHost {
    const KIND: &'static str = "leave_host";
    const LANE: Lane = Lane::Bulk;

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", self.account, self.domain))
    }
}

/// Takes away what a deleted account left, step by step.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveAccount {
    pub account: AccountId,
}

impl Payload for RemoveAccount {
    const KIND: &'static str = "remove_account";
    const LANE: Lane = Lane::Bulk;

    fn unique_key(&self) -> Option<String> {
        Some(self.account.to_string())
    }
}

/// Fills the home feed of somebody who was away, then those of their lists; so many followed accounts a transaction.
#[derive(Debug, Serialize, Deserialize)]
pub struct RebuildFeed {
    pub account: AccountId,
    /// `None` while the home feed is filled, then the list that is.
    pub list: Option<ListId>,
    /// Authors up to this id are done.
    pub after: AccountId,
}

impl Payload for RebuildFeed {
    const KIND: &'static str = "rebuild_feed";
    const LANE: Lane = Lane::Interactive;

    /// One for each account at a time.
    fn unique_key(&self) -> Option<String> {
        Some(self.account.to_string())
    }
}

impl RebuildFeed {
    /// The whole of it.
    pub fn of(account: AccountId) -> RebuildFeed {
        RebuildFeed { account, list: None, after: AccountId(0) }
    }
}

/// Brings accounts of a host, and of those below it, to what is decided about them; a batch a transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApplyDomainRule {
    /// Whose rule has changed.
    pub domain: String,
    /// When the rule that is lifted or changed was made: by that its accounts are known.
    pub lifted: Option<i64>,
    /// The host whose accounts are next: first the domain itself; empty between hosts.
    pub host: String,
    /// The last account of it that is done.
    pub after: AccountId,
    /// The last of all known hosts that was looked at; `None` as long as it is the domain's own turn.
    pub scanned: Option<String>,
}

impl Payload for ApplyDomainRule {
    const KIND: &'static str = "apply_domain_rule";
    const LANE: Lane = Lane::Bulk;
}
