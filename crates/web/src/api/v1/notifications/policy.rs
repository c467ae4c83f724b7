//! GET /api/v1/notifications/policy, /api/v2/notifications/policy, /api/v1/notifications/requests

use axum::Json;
use serde_json::{Value, json};

use crate::extract::Scoped;
use crate::extract::viewer::ReadNotifications;

/// What one does not want to be notified of: nothing, since it cannot be said yet.
/// Source: docs.joinmastodon.org/methods/notifications/#get-policy
pub async fn show(_viewer: Scoped<ReadNotifications>) -> Json<Value> {
    Json(json!({
        "for_not_following": "accept",
        "for_not_followers": "accept",
        "for_new_accounts": "accept",
        "for_private_mentions": "accept",
        "for_limited_accounts": "accept",
        "for_bots": "accept",
        "summary": { "pending_requests_count": 0, "pending_notifications_count": 0 },
    }))
}

/// The same as Mastodon 4.3 and earlier had it.
pub async fn show_v1(_viewer: Scoped<ReadNotifications>) -> Json<Value> {
    Json(json!({
        "filter_not_following": false,
        "filter_not_followers": false,
        "filter_new_accounts": false,
        "filter_private_mentions": false,
        "summary": { "pending_requests_count": 0, "pending_notifications_count": 0 },
    }))
}

/// Nothing is held back yet. Source: docs.joinmastodon.org/methods/notifications/#get-requests
pub async fn requests(_viewer: Scoped<ReadNotifications>) -> Json<Vec<Value>> {
    Json(Vec::new())
}

/// Source: docs.joinmastodon.org/methods/notifications/#requests-merged
pub async fn merged(_viewer: Scoped<ReadNotifications>) -> Json<Value> {
    Json(json!({ "merged": true }))
}
