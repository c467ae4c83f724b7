//! Hosts that single accounts block for themselves.

use crate::page::{Page, paged};
use crate::{AccountId, DomainBlockId, Reader, Result, Tx, args, sql};

/// Blocks a host (lowercase, ASCII); false if it was blocked already.
pub async fn insert(tx: &Tx, account: AccountId, domain: &str) -> Result<bool> {
    let added = tx
        .exec(
            sql!("INSERT INTO account_domain_blocks (id, account_id, domain) VALUES ($1, $2, $3) ON CONFLICT (account_id, domain) DO NOTHING"),
            args![tx.next_id(), account, domain],
        )
        .await?;
    Ok(added > 0)
}

pub async fn delete(tx: &Tx, account: AccountId, domain: &str) -> Result<()> {
    tx.exec(sql!("DELETE FROM account_domain_blocks WHERE account_id = $1 AND domain = $2"), args![account, domain]).await.map(drop)
}

pub async fn exists(r: &Reader, account: AccountId, domain: &str) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM account_domain_blocks WHERE account_id = $1 AND domain = $2)"), args![account, domain])
        .await?
        .unwrap_or(false))
}

/// Which of these accounts are on a host that `viewer` blocks.
pub async fn list_covered(r: &Reader, viewer: AccountId, others: &[AccountId]) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT a.id FROM accounts a JOIN account_domain_blocks d ON d.account_id = $1 AND d.domain = a.domain
              WHERE a.id = ANY($2) AND a.domain <> ''"
        ),
        args![viewer, others],
    )
    .await
}

/// A page of the hosts an account blocks, keyed by the block.
pub async fn page(r: &Reader, account: AccountId, page: &Page) -> Result<Vec<(DomainBlockId, String)>> {
    Ok(paged!(r, page, all, "SELECT d.id, d.domain FROM account_domain_blocks d WHERE d.account_id = $4", "d.id", [account]))
}

/// How many accounts of a host one follows, and how many of it follow one.
pub async fn count_follows(r: &Reader, account: AccountId, domain: &str) -> Result<(i64, i64)> {
    r.one(
        sql!(
            "SELECT (SELECT COUNT(*) FROM follows f JOIN accounts a ON a.id = f.target_account_id WHERE f.account_id = $1 AND a.domain = $2),
                    (SELECT COUNT(*) FROM follows f JOIN accounts a ON a.id = f.account_id WHERE f.target_account_id = $1 AND a.domain = $2)"
        ),
        args![account, domain],
    )
    .await
}

/// Accounts of a host that one follows, asked to follow, is followed by or asked by, at most `limit`.
pub async fn list_tied(r: &Reader, account: AccountId, domain: &str, limit: i64) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT t.id FROM (
                SELECT f.target_account_id AS id FROM follows f JOIN accounts a ON a.id = f.target_account_id WHERE f.account_id = $1 AND a.domain = $2
                UNION SELECT f.account_id FROM follows f JOIN accounts a ON a.id = f.account_id WHERE f.target_account_id = $1 AND a.domain = $2
                UNION SELECT q.target_account_id FROM follow_requests q JOIN accounts a ON a.id = q.target_account_id
                       WHERE q.account_id = $1 AND a.domain = $2
                UNION SELECT q.account_id FROM follow_requests q JOIN accounts a ON a.id = q.account_id
                       WHERE q.target_account_id = $1 AND a.domain = $2) AS t
              ORDER BY t.id LIMIT $3"
        ),
        args![account, domain, limit],
    )
    .await
}

/// Deletes the blocks of an account, for its removal.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM account_domain_blocks WHERE account_id = $1"), args![account]).await.map(drop)
}
