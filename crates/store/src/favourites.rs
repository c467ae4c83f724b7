//! Favourites.

use crate::{AccountId, Reader, Result, StatusId, Tx, args, sql};

/// Marks; false if it was marked already. Returns the favourite's id when new.
pub async fn insert(tx: &Tx, account: AccountId, status: StatusId) -> Result<Option<i64>> {
    let id = tx.next_id();
    let added = tx
        .exec(
            sql!(
                "INSERT INTO favourites (id, account_id, status_id, created_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (account_id, status_id) DO NOTHING"
            ),
            args![id, account, status, tx.now()],
        )
        .await?;
    Ok((added > 0).then_some(id))
}

/// Unmarks; returns the id of what was removed.
pub async fn delete(tx: &Tx, account: AccountId, status: StatusId) -> Result<Option<i64>> {
    tx.value(sql!("DELETE FROM favourites WHERE account_id = $1 AND status_id = $2 RETURNING id"), args![account, status]).await
}

/// The statuses an account has marked, for its removal.
pub async fn list_of_account(r: &Reader, account: AccountId, limit: i64) -> Result<Vec<StatusId>> {
    r.column(sql!("SELECT status_id FROM favourites WHERE account_id = $1 ORDER BY status_id LIMIT $2"), args![account, limit]).await
}
