//! What other servers undid or deleted before it came: when it comes late, it is dropped.

use crate::{Reader, Result, Tx, args, sql};

/// How long a late original is waited for.
pub const LIFE_MS: i64 = 6 * 60 * 60 * 1000;
/// Bytes of an address that is remembered; nothing that is kept has a longer one.
pub const URI_MAX: usize = 2_048;
/// Bytes of both addresses together: PostgreSQL indexes no more than 2,704.
const PAIR_MAX: usize = 2_600;

/// Remembers that the actor took `uri`, an activity or an object of its own, back. Longer addresses are not remembered.
pub async fn insert(tx: &Tx, actor_uri: &str, uri: &str) -> Result<()> {
    if uri.len() > URI_MAX || actor_uri.len() + uri.len() > PAIR_MAX {
        return Ok(());
    }
    tx.exec(
        sql!(
            "INSERT INTO withdrawn_activities (actor_uri, uri, withdrawn_at) VALUES ($1, $2, $3)
             ON CONFLICT (actor_uri, uri) DO UPDATE SET withdrawn_at = $3"
        ),
        args![actor_uri, uri, tx.now()],
    )
    .await
    .map(drop)
}

/// Whether the actor took `uri` back within the last [`LIFE_MS`] before `now_ms`.
pub async fn is_withdrawn(r: &Reader, actor_uri: &str, uri: &str, now_ms: i64) -> Result<bool> {
    Ok(r.value(
        sql!("SELECT EXISTS (SELECT 1 FROM withdrawn_activities WHERE actor_uri = $1 AND uri = $2 AND withdrawn_at > $3)"),
        args![actor_uri, uri, now_ms - LIFE_MS],
    )
    .await?
    .unwrap_or(false))
}

/// Forgets what is older than [`LIFE_MS`], at most `limit`; returns how much that was.
pub async fn sweep(tx: &Tx, limit: i64) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM withdrawn_activities WHERE (actor_uri, uri) IN (
                SELECT actor_uri, uri FROM withdrawn_activities WHERE withdrawn_at <= $1 ORDER BY withdrawn_at LIMIT $2)"
        ),
        args![tx.now() - LIFE_MS, limit],
    )
    .await
}
