//! Reading one's conversations.

use store::conversations::{self, AccountConversation};
use store::{AccountConversationId, AccountId};

use crate::{App, Error, Page, Result, Viewer};

/// A page of the viewer's conversations, keyed by their last message.
///
/// Source: docs.joinmastodon.org/methods/conversations/#get
pub async fn list(app: &App, viewer: &Viewer, page: Page) -> Result<Vec<AccountConversation>> {
    let owner = viewer.account_id;
    app.read(move |r| async move { Ok(conversations::page(&r, owner, &page).await?) }).await
}

/// One conversation. Errors: `NotFound` if it is not the owner's.
pub async fn find(app: &App, owner: AccountId, id: AccountConversationId) -> Result<AccountConversation> {
    app.read(move |r| async move { conversations::find(&r, owner, id).await?.ok_or_else(Error::not_found) }).await
}
