//! Leases: a periodic task runs on one node only.

use crate::{Result, Tx, args, sql};

/// Takes or renews the lease `name` for `owner`; false while another owner holds it.
pub async fn take(tx: &Tx, name: &str, owner: &str, for_ms: i64) -> Result<bool> {
    let now = tx.now();
    let taken = tx
        .exec(
            sql!(
                "INSERT INTO leases (name, owner, held_until) VALUES ($1, $2, $3)
                 ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, held_until = excluded.held_until
                   WHERE leases.owner = excluded.owner OR leases.held_until < $4"
            ),
            args![name, owner, now + for_ms, now],
        )
        .await?;
    Ok(taken > 0)
}

/// Gives a lease back before its time.
pub async fn release(tx: &Tx, name: &str, owner: &str) -> Result<()> {
    tx.exec(sql!("DELETE FROM leases WHERE name = $1 AND owner = $2"), args![name, owner]).await.map(drop)
}
