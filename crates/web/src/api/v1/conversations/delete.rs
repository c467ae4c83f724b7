//! DELETE /api/v1/conversations/:id

use app::App;
use app::conversations::mark;
use app::ids::AccountConversationId;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::error::Result;
use crate::extract::viewer::WriteConversations;
use crate::extract::{Id, Scoped};

/// Takes it out of the list; the messages stay. Source: docs.joinmastodon.org/methods/conversations/#delete
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteConversations>, Id(id): Id<AccountConversationId>) -> Result<Json<Value>> {
    mark::remove(&app, &viewer, id).await?;
    Ok(Json(json!({})))
}
