//! Payloads: what runs by itself.

use serde::{Deserialize, Serialize};
use store::jobs::Lane;

use super::payload::Payload;

/// Removes what has had its time.
#[derive(Debug, Serialize, Deserialize)]
pub struct Expire {}

impl Payload for Expire {
    const KIND: &'static str = "expire";
    const LANE: Lane = Lane::Bulk;
    const TRIES: i64 = 3;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}

/// Counts the statuses made since it last did, day by day, so that posting itself counts nothing.
#[derive(Debug, Serialize, Deserialize)]
pub struct CountActivity {}

impl Payload for CountActivity {
    const KIND: &'static str = "count_activity";
    const LANE: Lane = Lane::Bulk;
    const TRIES: i64 = 3;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }
}
