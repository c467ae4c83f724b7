//! Payloads: what other servers are asked for.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{AccountId, PollId, StatusId};

use super::payload::Payload;

/// What a status answers is asked for, and what that answers, up to the beginning of the thread.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchThread {
    /// What answers.
    pub status: StatusId,
    /// The address of what it answers.
    pub parent: String,
    /// How many answers above the one that came in the parent is.
    pub depth: usize,
}

impl Payload for FetchThread {
    const KIND: &'static str = "fetch_thread";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 4;
}

/// What an account of another server has pinned is asked for, when the account is first seen.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchFeatured {
    pub account: AccountId,
}

impl Payload for FetchFeatured {
    const KIND: &'static str = "fetch_featured";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 3;

    fn unique_key(&self) -> Option<String> {
        Some(self.account.to_string())
    }
}

/// A few answers that a new status's own server names, in the status or in its collection of answers, are asked for.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchReplies {
    /// At most `wire::activity::note::REPLIES_MAX`, all on one host.
    pub uris: Vec<String>,
    /// What they answer.
    #[serde(default)]
    pub to: String,
    /// The collection that lists them, or its first page, if the status names none itself.
    #[serde(default)]
    pub listed_at: Option<String>,
}

impl Payload for FetchReplies {
    const KIND: &'static str = "fetch_replies";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 2;
}

/// Somebody whom a status names, and who is not known, or whose server did not answer, is asked for.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchMention {
    pub status: StatusId,
    /// The address that names them, or `acct:` and their handle.
    pub actor: String,
}

impl Payload for FetchMention {
    const KIND: &'static str = "fetch_mention";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 6;
}

/// Reads how many follow a remote account, whom it follows, and what it has posted.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchCounters {
    pub account: AccountId,
}

impl Payload for FetchCounters {
    const KIND: &'static str = "fetch_counters";
    const LANE: Lane = Lane::Fetch;

    fn unique_key(&self) -> Option<String> {
        Some(self.account.to_string())
    }
}

/// Asks another server by NodeInfo what it runs.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchSoftware {
    /// Of the server: scheme, host and port.
    pub origin: String,
}

impl Payload for FetchSoftware {
    const KIND: &'static str = "fetch_software";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 3;

    fn unique_key(&self) -> Option<String> {
        Some(self.origin.clone())
    }
}

/// The counts of another server's poll are asked for, since somebody looks at it.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefreshPoll {
    pub poll: PollId,
}

impl Payload for RefreshPoll {
    const KIND: &'static str = "refresh_poll";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 2;

    fn unique_key(&self) -> Option<String> {
        Some(self.poll.to_string())
    }
}

/// Asks a remote account's server what it says of it now.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefreshAccount {
    pub account: AccountId,
}

impl Payload for RefreshAccount {
    const KIND: &'static str = "refresh_account";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 4;

    fn unique_key(&self) -> Option<String> {
        Some(self.account.to_string())
    }
}

/// Has all accounts of a server asked for again, or all of every server.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefreshAccounts {
    /// `None` for all.
    pub domain: Option<String>,
    /// Those up to this one have been asked for.
    pub after: AccountId,
}

impl Payload for RefreshAccounts {
    const KIND: &'static str = "refresh_accounts";
    const LANE: Lane = Lane::Bulk;

    fn unique_key(&self) -> Option<String> {
        Some(self.domain.clone().unwrap_or_default())
    }
}
