//! One-time tokens that arrive by mail; only their hashes are kept.

use crate::{Reader, Result, Tx, UserId, args, record, sql};

record! {
    /// A token that has not run out.
    pub struct UserToken {
        pub token_hash: Vec<u8>,
        pub user_id: UserId,
        pub purpose: String,
        pub created_at: i64,
        pub expires_at: i64,
    }
}

/// Puts a token in the place of the user's older ones for this purpose.
pub async fn replace(tx: &Tx, user: UserId, purpose: &str, token_hash: &[u8], created_at: i64, life_ms: i64) -> Result<()> {
    delete_of_user(tx, user, purpose).await?;
    tx.exec(
        sql!("INSERT INTO user_tokens (token_hash, user_id, purpose, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)"),
        args![token_hash, user, purpose, created_at, created_at + life_ms],
    )
    .await
    .map(drop)
}

/// By its hash, if it has not run out at `now_ms`.
pub async fn find(r: &Reader, token_hash: &[u8], now_ms: i64) -> Result<Option<UserToken>> {
    r.maybe(
        sql!("SELECT token_hash, user_id, purpose, created_at, expires_at FROM user_tokens WHERE token_hash = $1 AND expires_at > $2"),
        args![token_hash, now_ms],
    )
    .await
}

/// The user's token for this purpose, if it has not run out at `now_ms`.
pub async fn find_of_user(r: &Reader, user: UserId, purpose: &str, now_ms: i64) -> Result<Option<UserToken>> {
    r.maybe(
        sql!("SELECT token_hash, user_id, purpose, created_at, expires_at FROM user_tokens WHERE user_id = $1 AND purpose = $2 AND expires_at > $3"),
        args![user, purpose, now_ms],
    )
    .await
}

/// Deletes the user's tokens for this purpose.
pub async fn delete_of_user(tx: &Tx, user: UserId, purpose: &str) -> Result<()> {
    tx.exec(sql!("DELETE FROM user_tokens WHERE user_id = $1 AND purpose = $2"), args![user, purpose]).await.map(drop)
}

/// Deletes what has run out, at most `limit`.
pub async fn delete_expired(tx: &Tx, limit: i64) -> Result<u64> {
    tx.exec(
        sql!("DELETE FROM user_tokens WHERE token_hash IN (SELECT token_hash FROM user_tokens WHERE expires_at < $1 LIMIT $2)"),
        args![tx.now(), limit],
    )
    .await
}
