//! A thread of direct messages with certain people.

use serde::{Deserialize, Serialize};

use super::{Account, Status};
use crate::Id;

/// A conversation as its owner has it. `accounts` are the others; in messages to oneself, oneself.
///
/// Source: docs.joinmastodon.org/entities/Conversation/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: Id,
    pub unread: bool,
    pub accounts: Vec<Account>,
    pub last_status: Option<Status>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_conversation_may_have_lost_its_last_status() {
        let keys = |last_status| json!({ "id": "7", "unread": true, "accounts": [Account::default()], "last_status": last_status });
        let conversation = Conversation { id: Id(7), unread: true, accounts: vec![Account::default()], last_status: None };
        check(conversation.clone(), keys(json!(null)));
        check(Conversation { last_status: Some(Status::default()), ..conversation }, keys(json!(Status::default())));
    }
}
