//! Payloads: what other servers are sent.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{AccountId, DeliveryBodyId, StatusId};

use super::payload::Payload;

/// Whom an activity reaches on other servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Their followers.
    pub followers_of: Vec<AccountId>,
    pub accounts: Vec<AccountId>,
    /// Followers whom this account blocks, or whose host, are not meant.
    #[serde(default)]
    pub without_blocked_by: Option<AccountId>,
    /// Every host that is known, too.
    #[serde(default)]
    pub everybody: bool,
}

/// How far an activity has been handed out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Inboxes up to this one have it already.
    pub after: String,
    /// Whether those meant are through, and it is the turn of everybody else.
    pub others: bool,
}

/// Goes on with handing out an activity that reaches many.
#[derive(Debug, Serialize, Deserialize)]
pub struct Distribute {
    pub body: DeliveryBodyId,
    pub reach: Reach,
    pub progress: Progress,
    /// The account that is removed when it has been handed out.
    pub then_remove: Option<AccountId>,
}

impl Payload for Distribute {
    const KIND: &'static str = "distribute";
    const LANE: Lane = Lane::Deliver;
}

/// Sends the tallies of a poll, as they are then.
#[derive(Debug, Serialize, Deserialize)]
pub struct DistributeTallies {
    pub status: StatusId,
    /// The poll has ended.
    pub last: bool,
}

impl Payload for DistributeTallies {
    const KIND: &'static str = "distribute_tallies";
    const LANE: Lane = Lane::Deliver;

    /// Votes are gathered.
    fn unique_key(&self) -> Option<String> {
        (!self.last).then(|| self.status.to_string())
    }
}

/// Sends a changed profile, as it is then.
#[derive(Debug, Serialize, Deserialize)]
pub struct DistributeProfile {
    pub account: AccountId,
}

impl Payload for DistributeProfile {
    const KIND: &'static str = "distribute_profile";
    const LANE: Lane = Lane::Deliver;

    /// Changes are gathered.
    fn unique_key(&self) -> Option<String> {
        Some(self.account.to_string())
    }
}
