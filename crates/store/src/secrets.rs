//! Sealed secrets: rows that only the master key opens.

use crate::{Reader, Result, Tx, args, sql};

pub async fn find(r: &Reader, name: &str) -> Result<Option<Vec<u8>>> {
    r.value(sql!("SELECT sealed FROM secrets WHERE name = $1"), args![name]).await
}

/// Keeps a secret; false if one of this name is there already.
pub async fn insert(tx: &Tx, name: &str, sealed: Vec<u8>) -> Result<bool> {
    let added = tx
        .exec(sql!("INSERT INTO secrets (name, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING"), args![name, sealed, tx.now()])
        .await?;
    Ok(added > 0)
}
