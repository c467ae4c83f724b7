//! What the address of something of another server names here.

use crate::{AccountId, Reader, Result, StatusId, args, sql};

/// The status of another server, or its reblog, that has this address, with its author; not what is deleted.
pub async fn find_status(r: &Reader, uri: &str) -> Result<Option<(StatusId, AccountId)>> {
    r.maybe(sql!("SELECT id, account_id FROM statuses WHERE uri = $1 AND local = FALSE AND deleted_at IS NULL"), args![uri]).await
}
