//! What followers are sent of what is pinned.

use store::Tx;
use store::statuses::Status;
use wire::activity::write;

use super::compose;
use super::reach::{is_open, local, send, start};
use crate::Result;
use crate::queue::Reach;

pub(super) async fn deliver(tx: &Tx, status: &Status, kind: &str) -> Result<()> {
    let Some(author) = local(tx, status.account_id).await?.filter(|_| is_open(status.visibility())) else { return Ok(()) };
    let featured = compose::of_actor(&author.uri, "collections/featured");
    let activity = write::pin(kind, &author.uri, &featured, &status.uri, tx.now());
    match start(tx, author.id, Reach { followers_of: vec![author.id], ..Reach::default() }).await? {
        Some(start) => send(tx, start, &activity).await,
        None => Ok(()),
    }
}
