//! GET /api/v1/notifications/unread_count

use app::{App, notifications};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::index::filter;
use crate::error::Result;
use crate::extract::viewer::ReadNotifications;
use crate::extract::{Params, Scoped};

const DEFAULT_LIMIT: i64 = 100;
const LIMIT_MAX: i64 = 1000;

/// Source: docs.joinmastodon.org/methods/notifications/#unread-count
pub async fn handler(State(app): State<App>, viewer: Scoped<ReadNotifications>, params: Params) -> Result<Json<Value>> {
    let count = notifications::count_unread(&app, &viewer, filter(&params)?, limit(&params)?).await?;
    Ok(Json(json!({ "count": count })))
}

/// How far is counted.
pub fn limit(params: &Params) -> Result<i64> {
    let asked = params.filled("limit")?.map(|text| text.trim().parse::<i64>().unwrap_or(0).saturating_abs());
    Ok(asked.unwrap_or(DEFAULT_LIMIT).min(LIMIT_MAX))
}
