//! Private notes of one account about another.

use crate::{AccountId, Reader, Result, Tx, args, sql};

/// Writes the note, or changes it.
pub async fn put(tx: &Tx, account: AccountId, target: AccountId, comment: &str) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO account_notes (account_id, target_account_id, comment) VALUES ($1, $2, $3)
             ON CONFLICT (account_id, target_account_id) DO UPDATE SET comment = excluded.comment"
        ),
        args![account, target, comment],
    )
    .await
    .map(drop)
}

pub async fn delete(tx: &Tx, account: AccountId, target: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM account_notes WHERE account_id = $1 AND target_account_id = $2"), args![account, target]).await.map(drop)
}

/// What `account` noted about these others.
pub async fn list(r: &Reader, account: AccountId, others: &[AccountId]) -> Result<Vec<(AccountId, String)>> {
    r.all(sql!("SELECT target_account_id, comment FROM account_notes WHERE account_id = $1 AND target_account_id = ANY($2)"), args![account, others])
        .await
}

/// Deletes what an account noted and what was noted about it, for its removal.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM account_notes WHERE account_id = $1 OR target_account_id = $1"), args![account]).await.map(drop)
}
