//! Remove: one of ours unpins a status.

use store::Tx;
use store::statuses::Status;

use super::pins;
use crate::Result;

/// Has it sent that a status left its author's profile.
pub(crate) async fn deliver(tx: &Tx, status: &Status) -> Result<()> {
    pins::deliver(tx, status, "Remove").await
}
