//! Browser sessions. The cookie holds the token, the table only its hash.

use crate::{Reader, Result, SessionId, Tx, UserId, args, sql};

pub async fn insert(tx: &Tx, user: UserId, token_hash: &[u8], ip: &str, user_agent: &str, lifetime_ms: i64) -> Result<SessionId> {
    let (id, now) = (tx.next_id(), tx.now());
    tx.exec(
        sql!(
            "INSERT INTO sessions (id, user_id, token_hash, ip, user_agent, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        args![id, user, token_hash, ip, user_agent, now, now + lifetime_ms],
    )
    .await?;
    Ok(SessionId(id))
}

/// The session and user of a cookie's token.
pub async fn find(r: &Reader, token_hash: &[u8], now_ms: i64) -> Result<Option<(SessionId, UserId)>> {
    r.maybe(sql!("SELECT id, user_id FROM sessions WHERE token_hash = $1 AND expires_at > $2"), args![token_hash, now_ms]).await
}

/// Locks the session until the transaction ends; false if it has been ended.
pub async fn lock(tx: &Tx, id: SessionId) -> Result<bool> {
    Ok(tx.value::<i64>(sql!("SELECT 1 FROM sessions WHERE id = $1 FOR UPDATE"), args![id]).await?.is_some())
}

pub async fn delete(tx: &Tx, id: SessionId) -> Result<()> {
    tx.exec(sql!("DELETE FROM sessions WHERE id = $1"), args![id]).await.map(drop)
}

pub async fn delete_of_user(tx: &Tx, user: UserId) -> Result<u64> {
    tx.exec(sql!("DELETE FROM sessions WHERE user_id = $1"), args![user]).await
}

/// Keeps the newest `keep` sessions of a user.
pub async fn delete_oldest(tx: &Tx, user: UserId, keep: i64) -> Result<u64> {
    tx.exec(
        sql!("DELETE FROM sessions WHERE user_id = $1 AND id NOT IN (SELECT id FROM sessions WHERE user_id = $1 ORDER BY id DESC LIMIT $2)"),
        args![user, keep],
    )
    .await
}

/// Deletes what expired, at most `limit`.
pub async fn delete_expired(tx: &Tx, limit: i64) -> Result<u64> {
    tx.exec(sql!("DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= $1 LIMIT $2)"), args![tx.now(), limit]).await
}
