//! What goes when somebody is no longer wanted: entries of feeds, places in lists, notifications.

use crate::{AccountId, Result, Tx, args, sql};

/// Takes `member` off the lists of `owner`, with what they posted there (one lists whom one follows).
pub async fn leave_lists(tx: &Tx, owner: AccountId, member: AccountId) -> Result<()> {
    tx.exec(
        sql!(
            "DELETE FROM list_feed WHERE list_id IN (SELECT l.id FROM lists l WHERE l.account_id = $1) AND status_id IN (
                SELECT h.status_id FROM lists l CROSS JOIN list_feed h CROSS JOIN statuses s
                 WHERE l.account_id = $1 AND h.list_id = l.id AND s.id = h.status_id AND s.account_id = $2)"
        ),
        args![owner, member],
    )
    .await?;
    tx.exec(
        sql!("DELETE FROM list_accounts WHERE account_id = $2 AND list_id IN (SELECT l.id FROM lists l WHERE l.account_id = $1)"),
        args![owner, member],
    )
    .await
    .map(drop)
}

/// Takes out of an account's home and lists what was written on a host, and what reblogs it.
pub async fn clear_feeds_of_host(tx: &Tx, owner: AccountId, domain: &str) -> Result<()> {
    tx.exec(
        sql!(
            "DELETE FROM home_feed WHERE account_id = $1 AND status_id IN (
                SELECT h.status_id FROM home_feed h CROSS JOIN statuses s CROSS JOIN accounts a
                 WHERE h.account_id = $1 AND s.id = h.status_id AND a.id = s.account_id AND a.domain = $2
                UNION ALL
                SELECT h.status_id FROM home_feed h CROSS JOIN statuses s CROSS JOIN accounts a
                 WHERE h.account_id = $1 AND s.id = h.reblog_of AND a.id = s.account_id AND a.domain = $2)"
        ),
        args![owner, domain],
    )
    .await?;
    tx.exec(
        sql!(
            "DELETE FROM list_feed WHERE list_id IN (SELECT l.id FROM lists l WHERE l.account_id = $1) AND status_id IN (
                SELECT h.status_id FROM lists l CROSS JOIN list_feed h CROSS JOIN statuses s CROSS JOIN accounts a
                 WHERE l.account_id = $1 AND h.list_id = l.id AND s.id = h.status_id AND a.id = s.account_id AND a.domain = $2
                UNION ALL
                SELECT h.status_id FROM lists l CROSS JOIN list_feed h CROSS JOIN statuses s CROSS JOIN accounts a
                 WHERE l.account_id = $1 AND h.list_id = l.id AND s.id = h.reblog_of AND a.id = s.account_id AND a.domain = $2)"
        ),
        args![owner, domain],
    )
    .await
    .map(drop)
}

/// Deletes notifications of `account` that `from` caused, at most `limit`; returns how many.
pub async fn clear_notifications(tx: &Tx, account: AccountId, from: AccountId, limit: i64) -> Result<i64> {
    let gone = tx
        .exec(
            sql!(
                "DELETE FROM notifications WHERE id IN (
                    SELECT n.id FROM notifications n WHERE n.account_id = $1 AND n.from_account_id = $2 LIMIT $3)"
            ),
            args![account, from, limit],
        )
        .await?;
    Ok(i64::try_from(gone).unwrap_or(i64::MAX))
}

/// Deletes notifications of `account` that people of a host caused, at most `limit`; returns how many.
pub async fn clear_notifications_of_host(tx: &Tx, account: AccountId, domain: &str, limit: i64) -> Result<i64> {
    let gone = tx
        .exec(
            sql!(
                "DELETE FROM notifications WHERE id IN (
                    SELECT n.id FROM notifications n CROSS JOIN accounts a
                     WHERE n.account_id = $1 AND a.id = n.from_account_id AND a.domain = $2 LIMIT $3)"
            ),
            args![account, domain, limit],
        )
        .await?;
    Ok(i64::try_from(gone).unwrap_or(i64::MAX))
}
