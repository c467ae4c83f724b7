//! Activities already taken, so that a repeat is answered and not done again.

use crate::{Result, Tx, args, sql};

/// How long a repeat is known as one.
pub const LIFE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Records an activity of an actor; false if it was here before.
pub async fn insert(tx: &Tx, actor_uri: &str, activity_uri: &str) -> Result<bool> {
    let added = tx
        .exec(
            sql!(
                "INSERT INTO received_activities (actor_uri, activity_uri, received_at) VALUES ($1, $2, $3)
                 ON CONFLICT (actor_uri, activity_uri) DO NOTHING"
            ),
            args![actor_uri, activity_uri, tx.now()],
        )
        .await?;
    Ok(added > 0)
}

/// Forgets what is older than [`LIFE_MS`], at most `limit`; returns how much that was.
pub async fn sweep(tx: &Tx, limit: i64) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM received_activities WHERE (actor_uri, activity_uri) IN (
                SELECT actor_uri, activity_uri FROM received_activities WHERE received_at <= $1 ORDER BY received_at LIMIT $2)"
        ),
        args![tx.now() - LIFE_MS, limit],
    )
    .await
}
