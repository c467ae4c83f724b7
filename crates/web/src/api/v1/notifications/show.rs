//! GET /api/v1/notifications/:id

use app::ids::NotificationId;
use app::{App, Error, notifications, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Notification;

use crate::error::Result;
use crate::extract::viewer::ReadNotifications;
use crate::extract::{Id, Scoped};

/// Source: docs.joinmastodon.org/methods/notifications/#get-one
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadNotifications>, Id(id): Id<NotificationId>) -> Result<Json<Notification>> {
    let row = notifications::find(&app, &viewer, id).await?;
    let shown = present::notification::notification(&app, &viewer, row).await?;
    Ok(Json(shown.ok_or_else(Error::not_found)?))
}
