//! What was deleted and must not come back, whoever sends it again; our own answers 410.

use crate::{AccountId, Reader, Result, Tx, args, sql};

/// Remembers that `uri`, perhaps an account's, is gone for good, as this account says. Twice is the same as once; what a
/// moderator decided stays.
pub async fn insert(tx: &Tx, uri: &str, account: Option<AccountId>, by_moderator: bool) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO tombstones (uri, account_id, by_moderator, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (uri) DO UPDATE SET account_id = excluded.account_id WHERE tombstones.by_moderator = FALSE"
        ),
        args![uri, account, by_moderator, tx.now()],
    )
    .await
    .map(drop)
}

/// Whether `uri` is gone for good.
pub async fn exists(r: &Reader, uri: &str) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM tombstones WHERE uri = $1)"), args![uri]).await?.unwrap_or(false))
}

/// Whether `uri` is gone for this author: because they said so, or a moderator did. That another of the same server said so
/// means nothing.
pub async fn is_of(r: &Reader, uri: &str, author: AccountId) -> Result<bool> {
    let found = sql!("SELECT EXISTS (SELECT 1 FROM tombstones WHERE uri = $1 AND (by_moderator = TRUE OR account_id IS NULL OR account_id = $2))");
    Ok(r.value(found, args![uri, author]).await?.unwrap_or(false))
}

/// Forgets that `uri` is gone, since its origin has it again; false if a moderator decided so.
pub async fn lift(tx: &Tx, uri: &str) -> Result<bool> {
    Ok(tx.exec(sql!("DELETE FROM tombstones WHERE uri = $1 AND by_moderator = FALSE"), args![uri]).await? > 0)
}
