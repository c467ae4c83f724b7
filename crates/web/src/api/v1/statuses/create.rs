//! POST /api/v1/statuses

use app::statuses::poll::PollDraft;
use app::statuses::post::{Draft, Posted, post};
use app::statuses::schedule;
use app::{App, Error, Words, present};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use crate::error::{Fail, Result};
use crate::extract::viewer::WriteStatuses;
use crate::extract::{Params, Scoped};

/// Longer keys are cut: the first characters tell requests apart.
const KEY_MAX: usize = 200;
/// What the API offers that this server does not have yet: refused, never silently dropped.
const NOT_YET: &[&str] = &["quoted_status_id"];

/// Answers with a Status, or with a ScheduledStatus. Source: docs.joinmastodon.org/methods/statuses/#create
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteStatuses>, headers: HeaderMap, params: Params) -> Result<Response> {
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
        poll: poll(&params)?,
        scheduled_at: params.filled("scheduled_at")?,
        quote_policy: params.filled("quote_approval_policy")?,
        allowed_mentions: if params.is_list("allowed_mentions") { Some(params.ids("allowed_mentions", false)?) } else { None },
        idempotency_key: idempotency_key(&headers),
    };
    Ok(match post(&app, &viewer, draft).await? {
        Posted::Status(id) => Json(present::status::status(&app, Some(&viewer), id).await?).into_response(),
        Posted::Scheduled(id) => {
            let row = schedule::show(&app, &viewer, id).await?;
            Json(present::scheduled_status::scheduled_status(&app, row).await?).into_response()
        }
        Posted::Unexpected(ids) => {
            let accounts = serde_json::json!(present::account::accounts(&app, ids).await?);
            return Err(Fail::from(Error::refused("error-unexpected-mentions")).with("unexpected_accounts", accounts));
        }
    })
}

/// The poll that is asked for; a blank one is none.
pub fn poll(params: &Params) -> Result<Option<PollDraft>> {
    let Some(poll) = params.within("poll").filter(|poll| !poll.is_empty()) else { return Ok(None) };
    Ok(Some(PollDraft {
        options: poll.texts("options", false)?,
        expires_in: poll.filled("expires_in")?.map(|text| text.trim().parse().unwrap_or(0)),
        multiple: poll.flag("multiple")?.unwrap_or(false),
        hide_totals: poll.flag("hide_totals")?.unwrap_or(false),
    }))
}

fn idempotency_key(headers: &HeaderMap) -> Option<String> {
    let key = String::from_utf8_lossy(headers.get("idempotency-key")?.as_bytes()).into_owned();
    (!key.is_empty()).then(|| key.chars().take(KEY_MAX).collect())
}
