//! Mutes, for ever or for a while.

use crate::page::{Page, paged};
use crate::{AccountId, MuteId, Reader, Result, Tx, args, record, sql};

/// Mutes, or changes how it is muted. `expires_at` is in milliseconds UTC. Returns the mute's id, which
/// stays the same as long as it lasts.
pub async fn put(tx: &Tx, account: AccountId, target: AccountId, hide_notifications: bool, expires_at: Option<i64>) -> Result<MuteId> {
    let id: Option<MuteId> = tx
        .value(
            sql!(
                "INSERT INTO mutes (id, account_id, target_account_id, hide_notifications, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (account_id, target_account_id)
                 DO UPDATE SET hide_notifications = excluded.hide_notifications, expires_at = excluded.expires_at
                 RETURNING id"
            ),
            args![tx.next_id(), account, target, hide_notifications, expires_at, tx.now()],
        )
        .await?;
    Ok(id.unwrap_or_default())
}

/// Ends a mute; false if there was none.
pub async fn delete(tx: &Tx, account: AccountId, target: AccountId) -> Result<bool> {
    Ok(tx.exec(sql!("DELETE FROM mutes WHERE account_id = $1 AND target_account_id = $2"), args![account, target]).await? > 0)
}

/// Ends a mute whose time has run out; returns who muted whom, or `None` if it lasts or is gone.
pub async fn end(tx: &Tx, id: MuteId) -> Result<Option<(AccountId, AccountId)>> {
    tx.maybe(
        sql!(
            "DELETE FROM mutes WHERE id = $1 AND expires_at IS NOT NULL AND expires_at <= $2
             RETURNING account_id, target_account_id"
        ),
        args![id, tx.now()],
    )
    .await
}

/// Mutes whose time has run out, at most `limit`.
pub async fn list_run_out(r: &Reader, now: i64, limit: i64) -> Result<Vec<MuteId>> {
    r.column(sql!("SELECT id FROM mutes WHERE expires_at IS NOT NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2"), args![now, limit]).await
}

record! {
    /// How an account is muted.
    pub struct Mute {
        pub id: MuteId,
        pub target_account_id: AccountId,
        pub hide_notifications: bool,
        /// Milliseconds UTC; `None` is never.
        pub expires_at: Option<i64>,
    }
}

/// The mutes of `account` on these others.
pub async fn list(r: &Reader, account: AccountId, others: &[AccountId]) -> Result<Vec<Mute>> {
    r.all(
        sql!(
            "SELECT id, target_account_id, hide_notifications, expires_at FROM mutes
              WHERE account_id = $1 AND target_account_id = ANY($2)"
        ),
        args![account, others],
    )
    .await
}

/// A page of whom an account mutes, keyed by the mute; suspended accounts are left out.
pub async fn page(r: &Reader, account: AccountId, page: &Page) -> Result<Vec<Mute>> {
    Ok(paged!(
        r,
        page,
        all,
        "SELECT m.id, m.target_account_id, m.hide_notifications, m.expires_at FROM mutes m JOIN accounts a ON a.id = m.target_account_id
          WHERE m.account_id = $4 AND a.suspended_at IS NULL",
        "m.id",
        [account]
    ))
}

/// Deletes an account's mutes, its own and those of others, for its removal.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM mutes WHERE account_id = $1 OR target_account_id = $1"), args![account]).await?;
    tx.exec(sql!("DELETE FROM conversation_mutes WHERE account_id = $1"), args![account]).await.map(drop)
}
