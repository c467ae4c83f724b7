//! Payloads: what follows from a status.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{AccountId, FollowId, PollId, ScheduledStatusId, StatusId};

use super::payload::Payload;

/// Whose turn it is to get a status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    #[default]
    Followers,
    /// Lists that have the author.
    Lists,
    TagFollowers,
}

/// Puts a status into the feeds of many readers, a batch a transaction.
#[derive(Debug, Serialize, Deserialize)]
pub struct FanOut {
    pub status: StatusId,
    #[serde(default)]
    pub stage: Stage,
    /// Readers (lists, in their stage) up to this id have it already.
    pub after: AccountId,
}

impl Payload for FanOut {
    const KIND: &'static str = "fan_out";
    const LANE: Lane = Lane::Interactive;
}

/// Tells its author and the local voters that a poll has ended.
#[derive(Debug, Serialize, Deserialize)]
pub struct ClosePoll {
    pub poll: PollId,
    /// Voters up to this id have been told already.
    pub after: AccountId,
}

impl Payload for ClosePoll {
    const KIND: &'static str = "close_poll";
    const LANE: Lane = Lane::Interactive;
}

/// Posts a status whose time has come.
#[derive(Debug, Serialize, Deserialize)]
pub struct PostScheduled {
    pub scheduled: ScheduledStatusId,
}

impl Payload for PostScheduled {
    const KIND: &'static str = "post_scheduled";
    const LANE: Lane = Lane::Interactive;
}

/// Takes reblogs away whose original is gone, from their feeds and streams too.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveReblogs {
    /// Reblogs, hidden already, and who made them.
    pub reblogs: Vec<(StatusId, AccountId)>,
}

impl Payload for RemoveReblogs {
    const KIND: &'static str = "remove_reblogs";
    const LANE: Lane = Lane::Interactive;
}

/// Takes a deleted status out of feeds, tells whoever had it there, then removes what hung on it and its row.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveStatus {
    pub status: StatusId,
    pub author: AccountId,
    /// Follows up to this id have been seen to already.
    pub after: FollowId,
}

impl Payload for RemoveStatus {
    const KIND: &'static str = "remove_status";
    const LANE: Lane = Lane::Interactive;
}

/// Asks again for people whom a status mentions, whose servers did not answer in time.
#[derive(Debug, Serialize, Deserialize)]
pub struct ResolveMentions {
    pub status: StatusId,
    /// Names and domains as they were written.
    pub mentions: Vec<(String, String)>,
}

impl Payload for ResolveMentions {
    const KIND: &'static str = "resolve_mentions";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 6;
}
