//! Bookmarks, private to their owner.

use crate::page::{Page, paged};
use crate::{AccountId, Reader, Result, StatusId, Tx, args, sql};

/// Marks; marking twice is the same as once.
pub async fn insert(tx: &Tx, account: AccountId, status: StatusId) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO bookmarks (id, account_id, status_id, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (account_id, status_id) DO NOTHING"
        ),
        args![tx.next_id(), account, status, tx.now()],
    )
    .await
    .map(drop)
}

/// Whether there was one.
pub async fn delete(tx: &Tx, account: AccountId, status: StatusId) -> Result<bool> {
    Ok(tx.exec(sql!("DELETE FROM bookmarks WHERE account_id = $1 AND status_id = $2"), args![account, status]).await? > 0)
}

pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM bookmarks WHERE account_id = $1"), args![account]).await.map(drop)
}

/// A page of an account's bookmarks that still exist, keyed by the mark.
pub async fn page(r: &Reader, account: AccountId, page: &Page) -> Result<Vec<(i64, StatusId)>> {
    Ok(paged!(
        r,
        page,
        all,
        "SELECT b.id, b.status_id FROM bookmarks b JOIN statuses s ON s.id = b.status_id WHERE b.account_id = $4 AND s.deleted_at IS NULL",
        "b.id",
        [account]
    ))
}
