//! Payloads: what other servers sent.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::AccountId;
use store::jobs::Lane;

use super::payload::Payload;

/// Does what an activity says that the inbox has verified and recorded.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReceiveActivity {
    /// Who sent it, verified.
    pub actor: AccountId,
    /// Whose inbox it came to; `None` for the shared one.
    pub to: Option<AccountId>,
    pub activity: Value,
}

impl Payload for ReceiveActivity {
    const KIND: &'static str = "receive_activity";
    const LANE: Lane = Lane::Ingress;
}

/// Does what an activity says for which another server must be asked.
#[derive(Debug, Serialize, Deserialize)]
pub struct AskForActivity(pub ReceiveActivity);

impl Payload for AskForActivity {
    const KIND: &'static str = "ask_for_activity";
    const LANE: Lane = Lane::Fetch;
}
