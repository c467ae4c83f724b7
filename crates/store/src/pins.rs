//! Statuses on top of a profile.

use crate::{AccountId, Reader, Result, StatusId, Tx, args, sql};

/// Pins; false if it was pinned already.
pub async fn insert(tx: &Tx, account: AccountId, status: StatusId) -> Result<bool> {
    let added = tx
        .exec(
            sql!(
                "INSERT INTO status_pins (id, account_id, status_id, created_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (account_id, status_id) DO NOTHING"
            ),
            args![tx.next_id(), account, status, tx.now()],
        )
        .await?;
    Ok(added > 0)
}

pub async fn delete(tx: &Tx, account: AccountId, status: StatusId) -> Result<bool> {
    Ok(tx.exec(sql!("DELETE FROM status_pins WHERE account_id = $1 AND status_id = $2"), args![account, status]).await? > 0)
}

/// How many statuses the account has pinned. Ask after [`crate::accounts::lock`], so that nobody pins beside.
pub async fn count(r: &Reader, account: AccountId) -> Result<i64> {
    Ok(r.value(
        sql!("SELECT COUNT(*) FROM status_pins p JOIN statuses s ON s.id = p.status_id WHERE p.account_id = $1 AND s.deleted_at IS NULL"),
        args![account],
    )
    .await?
    .unwrap_or(0))
}

/// Deletes an account's pins, for its removal.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM status_pins WHERE account_id = $1"), args![account]).await.map(drop)
}
