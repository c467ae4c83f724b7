//! Deleting a status: gone for everybody in one transaction, cleaned up by a job.

use std::collections::HashMap;

use store::stats::{self, AccountDelta, StatusDelta};
use store::statuses::{self, Status};
use store::{AccountId, FollowId, StatusId, Tx, media, tombstones};

use crate::effects::index;
use crate::federation::outgoing;
use crate::queue::{self, RemoveReblogs, RemoveStatus};
use crate::{App, Error, Result, Viewer, conversations, streams};

/// Deletes the viewer's own status `id` with its reblogs. Its attachments become free again, for
/// "delete and redraft", unless `delete_media` is set.
///
/// Errors: `NotFound` if it is not theirs.
/// Source: docs.joinmastodon.org/methods/statuses/#delete
pub async fn delete(app: &App, viewer: &Viewer, id: StatusId, delete_media: bool) -> Result<()> {
    let (author, urls) = (viewer.account_id, app.urls().clone());
    app.write(move |tx| async move {
        statuses::lock(&tx, id).await?;
        let status = statuses::find(&tx, id).await?.filter(|s| s.account_id == author).ok_or_else(Error::not_found)?;
        outgoing::delete::status(&tx, &urls, &status).await?;
        hide(&tx, &status, delete_media).await
    })
    .await
}

/// Hides `status` and its reblogs and corrects the counters.
pub(crate) async fn hide(tx: &Tx, status: &Status, delete_media: bool) -> Result<()> {
    let hidden = statuses::mark_deleted(tx, status.id).await?;
    if hidden.iter().all(|(id, _)| *id != status.id) {
        // Somebody else was faster, and has counted.
        return Ok(());
    }
    if status.local && status.reblog_of_id.is_none() && status.visibility().counts_as_reply() {
        // Whoever asks for it again is told that it is gone; of what was not public, not even that it was there.
        tombstones::insert(tx, &status.uri, Some(status.account_id), false).await?;
    }
    streams::withdraw(tx, status).await?;
    conversations::record::forget(tx, status.id).await?;
    if !delete_media {
        media::detach(tx, &[status.id]).await?;
    }
    queue::enqueue(tx, &RemoveStatus { status: status.id, author: status.account_id, after: FollowId(0) }).await?;
    let reblogs: Vec<_> = hidden.iter().copied().filter(|(id, _)| *id != status.id).collect();
    for reblogs in reblogs.chunks(RemoveReblogs::BATCH) {
        queue::enqueue(tx, &RemoveReblogs { reblogs: reblogs.to_vec() }).await?;
    }
    if let Some(original) = status.reblog_of_id {
        index::refresh(tx, original).await?;
    }
    stats::add_to_accounts(tx, authors(status, &hidden)).await?;
    let mut deltas = Vec::new();
    if let Some(parent) = status.in_reply_to_id.filter(|_| status.visibility().counts_as_reply()) {
        deltas.push((parent, StatusDelta { replies: -1, ..Default::default() }));
    }
    if let Some(original) = status.reblog_of_id {
        deltas.push((original, StatusDelta { reblogs: -1, ..Default::default() }));
    }
    Ok(stats::add_to_statuses(tx, deltas).await?)
}

/// What each author's number of statuses loses; direct messages are not in it.
fn authors(status: &Status, hidden: &[(StatusId, AccountId)]) -> Vec<(AccountId, AccountDelta)> {
    let mut lost: HashMap<AccountId, i64> = HashMap::new();
    for (_, account) in hidden.iter().filter(|(id, _)| *id != status.id || status.visibility().counts_as_status()) {
        *lost.entry(*account).or_default() += 1;
    }
    lost.into_iter().map(|(account, count)| (account, AccountDelta { statuses: -count, ..Default::default() })).collect()
}
