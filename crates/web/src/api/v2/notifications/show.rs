//! GET /api/v2/notifications/:group_key

use app::notifications::groups;
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::GroupedNotificationsResults;

use crate::error::Result;
use crate::extract::viewer::ReadNotifications;
use crate::extract::{Name, Scoped};

/// Source: docs.joinmastodon.org/methods/grouped_notifications/#get-notification-group
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadNotifications>, Name(key): Name) -> Result<Json<GroupedNotificationsResults>> {
    let group = groups::find(&app, &viewer, key).await?;
    Ok(Json(present::notification::group(&app, &viewer, group).await?))
}
