//! Marking one's conversation as read or unread, and putting it away.

use store::{AccountConversationId, conversations};

use crate::bus::{self, Event};
use crate::{App, Error, Result, Viewer};

/// Marks the viewer's conversation; their other clients are told.
///
/// Errors: `NotFound` if it is not theirs. Source: docs.joinmastodon.org/methods/conversations/#read
pub async fn mark(app: &App, viewer: &Viewer, id: AccountConversationId, unread: bool) -> Result<()> {
    let account = viewer.account_id;
    app.write(move |tx| async move {
        if !conversations::set_unread(&tx, account, id, unread).await? {
            return Err(Error::not_found());
        }
        bus::publish(&tx, &Event::Conversation { account, conversation: id });
        Ok(())
    })
    .await
}

/// Takes the conversation out of the viewer's list until its next message. The messages stay.
///
/// Errors: `NotFound` if it is not theirs. Source: docs.joinmastodon.org/methods/conversations/#delete
pub async fn remove(app: &App, viewer: &Viewer, id: AccountConversationId) -> Result<()> {
    let account = viewer.account_id;
    app.write(move |tx| async move { if conversations::delete(&tx, account, id).await? { Ok(()) } else { Err(Error::not_found()) } }).await
}
