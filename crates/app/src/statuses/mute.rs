//! Muting a thread: no more notifications of it.

use store::{AccountId, ConversationId, Reader, StatusId, conversation_mutes};

use crate::{App, Error, Result, Viewer, policy};

/// Mutes the thread of `id` for the viewer; twice is the same as once. Returns the status (the original, if
/// `id` is a reblog).
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/statuses/#mute
pub async fn mute(app: &App, viewer: &Viewer, id: StatusId) -> Result<StatusId> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        let (status, thread) = thread_of(&tx, me, id).await?;
        conversation_mutes::insert(&tx, me, thread).await?;
        Ok(status)
    })
    .await
}

/// Takes that back. Errors and source as in [`mute`].
pub async fn unmute(app: &App, viewer: &Viewer, id: StatusId) -> Result<StatusId> {
    let me = viewer.account_id;
    app.write(move |tx| async move {
        let (status, thread) = thread_of(&tx, me, id).await?;
        conversation_mutes::delete(&tx, me, thread).await?;
        Ok(status)
    })
    .await
}

async fn thread_of(r: &Reader, viewer: AccountId, id: StatusId) -> Result<(StatusId, ConversationId)> {
    let status = policy::visible_original(r, viewer, id).await?;
    Ok((status.id, status.conversation_id.ok_or_else(Error::not_found)?))
}
