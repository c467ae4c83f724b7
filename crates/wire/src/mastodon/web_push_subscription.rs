//! Web Push: a client's subscription, and what is pushed to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::NotificationType;

/// Where and what is pushed to a client.
///
/// Source: docs.joinmastodon.org/entities/WebPushSubscription/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WebPushSubscription {
    /// A JSON number, unlike other ids.
    pub id: i64,
    pub endpoint: String,
    /// RFC 8291, else the older aesgcm.
    pub standard: bool,
    /// The types of notification the client has named, each true or false.
    pub alerts: BTreeMap<String, bool>,
    /// The server's public key, URL-safe base64.
    pub server_key: String,
    /// `all`, `followed`, `follower` or `none`.
    pub policy: String,
}

/// The text inside an encrypted push.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PushPayload {
    pub access_token: String,
    pub preferred_locale: String,
    /// A JSON number, unlike other ids.
    pub notification_id: i64,
    pub notification_type: NotificationType,
    /// The sender's picture.
    pub icon: String,
    pub title: String,
    /// Plain text.
    pub body: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn ids_of_push_are_numbers() {
        check(
            WebPushSubscription {
                id: 7,
                endpoint: "https://push.test/1".into(),
                standard: true,
                alerts: BTreeMap::from([("mention".to_owned(), true)]),
                server_key: "key".into(),
                policy: "all".into(),
            },
            json!({
                "id": 7, "endpoint": "https://push.test/1", "standard": true, "alerts": { "mention": true }, "server_key": "key", "policy": "all",
            }),
        );
        check(
            PushPayload { notification_id: 8, title: "t".into(), ..PushPayload::default() },
            json!({
                "access_token": "", "preferred_locale": "", "notification_id": 8, "notification_type": "mention", "icon": "", "title": "t", "body": "",
            }),
        );
    }
}
