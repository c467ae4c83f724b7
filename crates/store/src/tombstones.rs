//! What was deleted and must not come back, whoever sends it again; our own answers 410.

use crate::{AccountId, Reader, Result, Tx, args, sql};

/// Remembers that `uri`, perhaps an account's, is gone for good. Twice is the same as once.
pub async fn insert(tx: &Tx, uri: &str, account: Option<AccountId>, by_moderator: bool) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO tombstones (uri, account_id, by_moderator, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (uri) DO NOTHING"),
        args![uri, account, by_moderator, tx.now()],
    )
    .await
    .map(drop)
}

/// Whether `uri` is gone for good.
pub async fn exists(r: &Reader, uri: &str) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM tombstones WHERE uri = $1)"), args![uri]).await?.unwrap_or(false))
}
