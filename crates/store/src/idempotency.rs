//! Idempotency keys: the same request sent twice makes one status.

use crate::{AccountId, Reader, Result, StatusId, Tx, args, sql};

/// Ties `key` to `status`; false if the key was used before.
pub async fn insert(tx: &Tx, account: AccountId, key: &str, status: StatusId) -> Result<bool> {
    let added = tx
        .exec(
            sql!(
                "INSERT INTO idempotency_keys (account_id, key, status_id, created_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (account_id, key) DO NOTHING"
            ),
            args![account, key, status, tx.now()],
        )
        .await?;
    Ok(added > 0)
}

/// The status an earlier request with `key` made.
pub async fn find(r: &Reader, account: AccountId, key: &str) -> Result<Option<StatusId>> {
    r.value(sql!("SELECT status_id FROM idempotency_keys WHERE account_id = $1 AND key = $2"), args![account, key]).await
}

/// Deletes keys older than `before`, at most `limit`.
pub async fn delete_older(tx: &Tx, before: i64, limit: i64) -> Result<u64> {
    let keys: Vec<(i64, String)> =
        tx.all(sql!("SELECT account_id, key FROM idempotency_keys WHERE created_at < $1 LIMIT $2"), args![before, limit]).await?;
    for (account, key) in &keys {
        tx.exec(sql!("DELETE FROM idempotency_keys WHERE account_id = $1 AND key = $2"), args![*account, key]).await?;
    }
    Ok(keys.len() as u64)
}
