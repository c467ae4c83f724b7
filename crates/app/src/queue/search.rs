//! Payloads: the search index.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;
use store::{AccountId, StatusId};

use super::payload::Payload;

/// Writes the search row of a status with many readers anew.
#[derive(Debug, Serialize, Deserialize)]
pub struct IndexStatus {
    pub status: StatusId,
}

impl Payload for IndexStatus {
    const KIND: &'static str = "index_status";
    const LANE: Lane = Lane::Bulk;

    /// One for all acts of a while.
    fn unique_key(&self) -> Option<String> {
        Some(self.status.to_string())
    }
}

/// Writes the search rows of an account's statuses anew, after it changed whether they may be searched.
#[derive(Debug, Serialize, Deserialize)]
pub struct IndexAccount {
    pub account: AccountId,
    /// Those from this id on are done.
    pub before: StatusId,
}

impl Payload for IndexAccount {
    const KIND: &'static str = "index_account";
    const LANE: Lane = Lane::Bulk;
}

/// Writes all search rows anew, accounts first, then statuses from the newest to the oldest, a batch a transaction.
#[derive(Debug, Serialize, Deserialize)]
pub struct BuildSearchIndex {
    /// Which building this belongs to.
    pub begun_at: i64,
    /// Accounts up to this id are done.
    pub accounts_after: AccountId,
    /// Statuses from this id on are done.
    pub statuses_before: StatusId,
}

impl Payload for BuildSearchIndex {
    const KIND: &'static str = "build_search_index";
    const LANE: Lane = Lane::Bulk;
}
