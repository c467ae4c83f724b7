//! POST /api/v1/conversations/:id/read and /unread

use app::conversations::{list, mark};
use app::ids::AccountConversationId;
use app::{App, Error, Viewer, present};
use axum::Json;
use axum::extract::State;
use wire::mastodon::Conversation;

use crate::error::Result;
use crate::extract::viewer::WriteConversations;
use crate::extract::{Id, Scoped};

/// Source: docs.joinmastodon.org/methods/conversations/#read
pub async fn handler(State(app): State<App>, viewer: Scoped<WriteConversations>, Id(id): Id<AccountConversationId>) -> Result<Json<Conversation>> {
    set(&app, &viewer, id, false).await
}

/// The other way round; Mastodon has it without documenting it.
pub async fn undo(State(app): State<App>, viewer: Scoped<WriteConversations>, Id(id): Id<AccountConversationId>) -> Result<Json<Conversation>> {
    set(&app, &viewer, id, true).await
}

async fn set(app: &App, viewer: &Viewer, id: AccountConversationId, unread: bool) -> Result<Json<Conversation>> {
    mark::mark(app, viewer, id, unread).await?;
    let row = list::find(app, viewer.account_id, id).await?;
    let shown = present::conversation::conversations(app, viewer, vec![row]).await?.pop();
    Ok(Json(shown.ok_or_else(Error::not_found)?))
}
