//! POST /api/v1/statuses

use app::statuses::post::{Draft, post};
use app::{App, Error, Words, present};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use wire::mastodon::Status;

use crate::error::Result;
use crate::extract::viewer::WriteStatuses;
use crate::extract::{Params, Scoped};

/// Longer keys are cut: the first characters tell requests apart.
const KEY_MAX: usize = 200;
/// What the API offers that this server does not have yet: refused, never silently dropped.
const NOT_YET: &[&str] = &["poll", "scheduled_at", "quoted_status_id"];

/// Source: docs.joinmastodon.org/methods/statuses/#create
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteStatuses>, headers: HeaderMap, params: Params) -> Result<Json<Status>> {
    if let Some(name) = NOT_YET.iter().find(|name| params.has(name)) {
        return Err(Error::Refused(Words::new("error-not-offered").with("name", name)).into());
    }
    let draft = Draft {
        text: params.text("status")?.unwrap_or_default(),
        spoiler_text: params.text("spoiler_text")?.unwrap_or_default(),
        sensitive: params.flag("sensitive")?,
        visibility: params.filled("visibility")?,
        language: params.filled("language")?,
        in_reply_to_id: params.id("in_reply_to_id")?,
        media_ids: params.ids("media_ids", false)?,
        idempotency_key: idempotency_key(&headers),
    };
    let id = post(&app, &viewer, draft).await?;
    Ok(Json(present::status::status(&app, Some(&viewer), id).await?))
}

fn idempotency_key(headers: &HeaderMap) -> Option<String> {
    let key = String::from_utf8_lossy(headers.get("idempotency-key")?.as_bytes()).into_owned();
    (!key.is_empty()).then(|| key.chars().take(KEY_MAX).collect())
}
