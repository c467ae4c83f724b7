//! Instance settings: what an admin changes while the server runs. Values are JSON.

use crate::{Reader, Result, Tx, args, sql};

pub async fn all(r: &Reader) -> Result<Vec<(String, String)>> {
    r.all(sql!("SELECT name, value FROM settings ORDER BY name"), args![]).await
}

/// When a setting was changed last, milliseconds UTC.
pub async fn changed_at(r: &Reader, name: &str) -> Result<Option<i64>> {
    r.value(sql!("SELECT updated_at FROM settings WHERE name = $1"), args![name]).await
}

pub async fn set(tx: &Tx, name: &str, value: &str) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at"
        ),
        args![name, value, tx.now()],
    )
    .await
    .map(drop)
}

/// A value of the instance's identity (domains), fixed at the first start.
pub async fn identity(r: &Reader, name: &str) -> Result<Option<String>> {
    r.value(sql!("SELECT value FROM meta WHERE name = $1"), args![name]).await
}

pub async fn set_identity(tx: &Tx, name: &str, value: &str) -> Result<()> {
    tx.exec(sql!("INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"), args![name, value]).await.map(drop)
}
