//! Blocks: who wants nothing to do with whom.

use crate::page::{Page, paged};
use crate::{AccountId, BlockId, Reader, Result, Tx, args, sql};

/// Blocks; false if the block was there already.
pub async fn insert(tx: &Tx, account: AccountId, target: AccountId) -> Result<bool> {
    let added = tx
        .exec(
            sql!(
                "INSERT INTO blocks (id, account_id, target_account_id, created_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (account_id, target_account_id) DO NOTHING"
            ),
            args![tx.next_id(), account, target, tx.now()],
        )
        .await?;
    Ok(added > 0)
}

/// Ends a block; false if there was none.
pub async fn delete(tx: &Tx, account: AccountId, target: AccountId) -> Result<bool> {
    Ok(tx.exec(sql!("DELETE FROM blocks WHERE account_id = $1 AND target_account_id = $2"), args![account, target]).await? > 0)
}

/// A block's id and the address of its activity, if it came from elsewhere.
pub async fn find(r: &Reader, account: AccountId, target: AccountId) -> Result<Option<(BlockId, Option<String>)>> {
    r.maybe(sql!("SELECT id, uri FROM blocks WHERE account_id = $1 AND target_account_id = $2"), args![account, target]).await
}

/// Whom `account` blocks by this activity.
pub async fn find_by_uri(r: &Reader, uri: &str, account: AccountId) -> Result<Option<AccountId>> {
    r.value(sql!("SELECT target_account_id FROM blocks WHERE uri = $1 AND account_id = $2 LIMIT 1"), args![uri, account]).await
}

/// Keeps the address of the block's activity.
pub async fn set_uri(tx: &Tx, account: AccountId, target: AccountId, uri: &str) -> Result<()> {
    tx.exec(sql!("UPDATE blocks SET uri = $1 WHERE account_id = $2 AND target_account_id = $3"), args![uri, account, target]).await.map(drop)
}

/// Whether `account` blocks `target`.
pub async fn exists(r: &Reader, account: AccountId, target: AccountId) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM blocks WHERE account_id = $1 AND target_account_id = $2)"), args![account, target])
        .await?
        .unwrap_or(false))
}

/// The blocks between `viewer` and `others`, both ways: who blocks, who is blocked.
pub async fn list_between(r: &Reader, viewer: AccountId, others: &[AccountId]) -> Result<Vec<(AccountId, AccountId)>> {
    r.all(
        sql!(
            "SELECT account_id, target_account_id FROM blocks WHERE account_id = $1 AND target_account_id = ANY($2)
             UNION ALL
             SELECT account_id, target_account_id FROM blocks WHERE target_account_id = $1 AND account_id = ANY($2)"
        ),
        args![viewer, others],
    )
    .await
}

/// A page of whom an account blocks, keyed by the block; suspended accounts are left out.
pub async fn page(r: &Reader, account: AccountId, page: &Page) -> Result<Vec<(BlockId, AccountId)>> {
    Ok(paged!(
        r,
        page,
        all,
        "SELECT b.id, b.target_account_id FROM blocks b JOIN accounts a ON a.id = b.target_account_id
          WHERE b.account_id = $4 AND a.suspended_at IS NULL",
        "b.id",
        [account]
    ))
}

/// Deletes an account's blocks, its own and those of others, for its removal.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM blocks WHERE account_id = $1 OR target_account_id = $1"), args![account]).await.map(drop)
}
