//! Payloads: files.

use serde::{Deserialize, Serialize};
use store::MediaId;
use store::jobs::Lane;

use super::payload::Payload;

/// Makes an upload ready to be shown.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProcessMedia {
    pub media: MediaId,
}

impl Payload for ProcessMedia {
    const KIND: &'static str = "process_media";
    const LANE: Lane = Lane::Media;
    const TRIES: i64 = 5;
}

/// An attachment of another server of which nothing says what it is; its first bytes do.
#[derive(Debug, Serialize, Deserialize)]
pub struct LookAtMedia {
    pub media: MediaId,
}

impl Payload for LookAtMedia {
    const KIND: &'static str = "look_at_media";
    const LANE: Lane = Lane::Fetch;
    const TRIES: i64 = 4;
}
