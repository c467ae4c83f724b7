//! GET /api/v2/notifications/unread_count

use app::App;
use app::notifications::groups;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::index::any_sender;
use crate::error::Result;
use crate::extract::viewer::ReadNotifications;
use crate::extract::{Params, Scoped};
use crate::router::api::v1::notifications::{index::kinds, unread_count::limit};

/// Counts groups. Source: docs.joinmastodon.org/methods/grouped_notifications/#unread-group-count
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadNotifications>, params: Params) -> Result<Json<Value>> {
    let grouped = kinds(&params, "grouped_types")?;
    let count = groups::count_unread(&app, &viewer, any_sender(&params)?, grouped, limit(&params)?).await?;
    Ok(Json(json!({ "count": count })))
}
