//! Announce: one of ours reblogs a status.

use store::{StatusId, Tx};

use super::compose;
use super::reach::{is_addressed, of_addressed, ours, send, start};
use crate::Result;
use crate::urls::Urls;

/// Has a new reblog of a local account sent. To be called when all of it is there, and before anything is
/// counted.
pub(crate) async fn deliver(tx: &Tx, urls: &Urls, id: StatusId) -> Result<()> {
    let Some(status) = ours(tx, id).await? else { return Ok(()) };
    let Some(start) = start(tx, status.account_id, of_addressed(tx, &status).await?).await? else { return Ok(()) };
    match compose::announce(tx, urls, id, tx.now()).await?.filter(is_addressed) {
        Some(activity) => send(tx, start, &activity).await,
        None => Ok(()),
    }
}
