//! GET /api/v2/search

use app::{App, Error, Words, accounts, present};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::error::{Fail, Result};
use crate::extract::viewer::ReadSearch;
use crate::extract::{MaybeViewer, Params};

const DEFAULT_LIMIT: i64 = 20;

/// Accounts by the beginning of their name; statuses and tags are not searched yet.
/// Source: docs.joinmastodon.org/methods/search/#v2
pub async fn handler(State(app): State<App>, viewer: MaybeViewer<ReadSearch>, params: Params) -> Result<Json<Value>> {
    let query = params.filled("q")?.ok_or_else(|| Fail::missing_param("q"))?;
    let kind = params.filled("type")?;
    for name in ["limit", "offset"] {
        if params.filled(name)?.is_some_and(|number| number.trim().starts_with('-')) {
            return Err(Error::malformed(format!("{name} must not be negative")).into());
        }
    }
    let reaches_far = params.flag("resolve")?.unwrap_or(false) || params.filled("offset")?.is_some();
    if reaches_far && viewer.viewer().is_none() {
        return Err(Error::Unauthorized(Words::new("error-user-required")).into());
    }
    let found = match kind.as_deref() {
        None | Some("accounts") => accounts::find::search(&app, &query, params.page(DEFAULT_LIMIT)?.limit).await?,
        _ => Vec::new(),
    };
    let found: Vec<_> = found.iter().map(|a| present::account::account(app.urls(), a)).collect();
    Ok(Json(json!({ "accounts": found, "statuses": [], "hashtags": [], "collections": [] })))
}
