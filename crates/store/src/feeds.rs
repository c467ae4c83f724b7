//! Home feeds: derived rows, written set-wise when a status is posted.

use crate::page::{Page, paged};
use crate::statuses::Visibility;
use crate::{AccountId, Reader, Result, StatusId, Tx, args, record, sql};

record! {
    /// What decides who gets a status into the home feed.
    pub struct Entry {
        pub status_id: StatusId,
        pub account_id: AccountId,
        pub reblog_of_id: Option<StatusId>,
        pub in_reply_to_account_id: Option<AccountId>,
        pub visibility: i64,
    }
}

/// The entry for a status, if it still exists.
pub async fn find_entry(r: &Reader, status: StatusId) -> Result<Option<Entry>> {
    r.maybe(
        sql!("SELECT id, account_id, reblog_of_id, in_reply_to_account_id, visibility FROM statuses WHERE id = $1 AND deleted_at IS NULL"),
        args![status],
    )
    .await
}

/// Puts a status into one account's own feed.
pub async fn insert(tx: &Tx, account: AccountId, entry: &Entry) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO home_feed (account_id, status_id, reblog_of) VALUES ($1, $2, $3) ON CONFLICT (account_id, status_id) DO NOTHING"),
        args![account, entry.status_id, entry.reblog_of_id],
    )
    .await
    .map(drop)
}

/// Puts a status into the feeds of up to `limit` followers, in id order after `after`.
///
/// Left out: people not here since `active_since`, replies to people they do not follow, reblogs they
/// do not want or whose original is among their newest 80 entries, direct messages not for them.
/// Returns the followers looked at (the next `after` is the last) and those who got it.
pub async fn fan_out(tx: &Tx, entry: &Entry, active_since: i64, after: AccountId, limit: i64) -> Result<(Vec<AccountId>, Vec<AccountId>)> {
    let looked_at: Vec<AccountId> = tx
        .column(
            sql!("SELECT account_id FROM follows WHERE target_account_id = $1 AND account_id > $2 ORDER BY account_id LIMIT $3"),
            args![entry.account_id, after, limit],
        )
        .await?;
    if looked_at.is_empty() {
        return Ok((looked_at, Vec::new()));
    }
    let got_it = match entry.reblog_of_id {
        Some(original) => fan_out_reblog(tx, entry, original, active_since, &looked_at).await?,
        None => fan_out_original(tx, entry, active_since, &looked_at).await?,
    };
    Ok((looked_at, got_it))
}

async fn fan_out_original(tx: &Tx, entry: &Entry, active_since: i64, followers: &[AccountId]) -> Result<Vec<AccountId>> {
    let reply_to = entry.in_reply_to_account_id.filter(|to| *to != entry.account_id);
    let direct = entry.visibility >= Visibility::Direct as i64;
    tx.column(
        sql!(
            "INSERT INTO home_feed (account_id, status_id)
             SELECT f.account_id, $1 FROM follows f JOIN users u ON u.account_id = f.account_id
              WHERE f.target_account_id = $2 AND f.account_id = ANY($3) AND u.last_active_at > $4
                AND (CAST($5 AS BIGINT) IS NULL OR f.account_id = $5
                     OR EXISTS (SELECT 1 FROM follows o WHERE o.account_id = f.account_id AND o.target_account_id = $5))
                AND ($6 = FALSE OR EXISTS (SELECT 1 FROM mentions m WHERE m.status_id = $1 AND m.account_id = f.account_id AND m.silent = FALSE))
             ON CONFLICT (account_id, status_id) DO NOTHING RETURNING account_id"
        ),
        args![entry.status_id, entry.account_id, followers, active_since, reply_to, direct],
    )
    .await
}

async fn fan_out_reblog(tx: &Tx, entry: &Entry, original: StatusId, active_since: i64, followers: &[AccountId]) -> Result<Vec<AccountId>> {
    tx.column(
        sql!(
            "INSERT INTO home_feed (account_id, status_id, reblog_of)
             SELECT f.account_id, $1, $5 FROM follows f JOIN users u ON u.account_id = f.account_id
              WHERE f.target_account_id = $2 AND f.account_id = ANY($3) AND u.last_active_at > $4 AND f.show_reblogs = TRUE
                AND NOT EXISTS (
                    SELECT 1 FROM (SELECT h.status_id, h.reblog_of FROM home_feed h
                                    WHERE h.account_id = f.account_id ORDER BY h.status_id DESC LIMIT 80) AS newest
                     WHERE newest.status_id = $5 OR newest.reblog_of = $5)
             ON CONFLICT (account_id, status_id) DO NOTHING RETURNING account_id"
        ),
        args![entry.status_id, entry.account_id, followers, active_since, original],
    )
    .await
}

/// A page of a home feed. Entries of deleted statuses are passed over here and go when the feed is
/// trimmed: no index by status has to be kept for them. (CROSS JOIN fixes the order on SQLite.)
pub async fn home_page(r: &Reader, account: AccountId, page: &Page) -> Result<Vec<StatusId>> {
    Ok(paged!(
        r,
        page,
        column,
        "SELECT h.status_id FROM home_feed h CROSS JOIN statuses s WHERE h.account_id = $4 AND s.id = h.status_id AND s.deleted_at IS NULL",
        "h.status_id",
        [account]
    ))
}

/// Adds the newest statuses of a newly followed account.
pub async fn merge(tx: &Tx, account: AccountId, from: AccountId, limit: i64) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO home_feed (account_id, status_id, reblog_of)
             SELECT $1, s.id, s.reblog_of_id FROM (
                SELECT id, reblog_of_id FROM statuses
                 WHERE account_id = $2 AND deleted_at IS NULL AND visibility <= 2
                   AND (in_reply_to_account_id IS NULL OR in_reply_to_account_id = account_id OR in_reply_to_account_id = $1)
                 ORDER BY id DESC LIMIT $3) AS s
              WHERE TRUE ON CONFLICT (account_id, status_id) DO NOTHING"
        ),
        args![account, from, limit],
    )
    .await
    .map(drop)
}

/// Takes an account's statuses out of a feed.
pub async fn unmerge(tx: &Tx, account: AccountId, from: AccountId) -> Result<()> {
    tx.exec(
        sql!(
            "DELETE FROM home_feed WHERE account_id = $1 AND status_id IN
                (SELECT h.status_id FROM home_feed h JOIN statuses s ON s.id = h.status_id WHERE h.account_id = $1 AND s.account_id = $2)"
        ),
        args![account, from],
    )
    .await
    .map(drop)
}

/// Fills a feed with the newest statuses of the account and those it follows (return after a pause).
pub async fn rebuild(tx: &Tx, account: AccountId, limit: i64) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO home_feed (account_id, status_id, reblog_of)
             SELECT $1, s.id, s.reblog_of_id FROM (
                SELECT p.id, p.reblog_of_id FROM statuses p
                 WHERE (p.account_id = $1 OR p.account_id IN (SELECT f.target_account_id FROM follows f WHERE f.account_id = $1))
                   AND p.deleted_at IS NULL
                   AND (p.visibility <= 2 OR p.account_id = $1)
                   AND (p.in_reply_to_account_id IS NULL OR p.in_reply_to_account_id = p.account_id OR p.in_reply_to_account_id = $1 OR p.account_id = $1
                        OR EXISTS (SELECT 1 FROM follows o WHERE o.account_id = $1 AND o.target_account_id = p.in_reply_to_account_id))
                 ORDER BY p.id DESC LIMIT $2) AS s
              WHERE TRUE ON CONFLICT (account_id, status_id) DO NOTHING"
        ),
        args![account, limit],
    )
    .await
    .map(drop)
}

/// Cuts a feed to its newest `keep` entries.
pub async fn trim(tx: &Tx, account: AccountId, keep: i64) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM home_feed WHERE account_id = $1 AND status_id <=
                (SELECT status_id FROM home_feed WHERE account_id = $1 ORDER BY status_id DESC LIMIT 1 OFFSET $2)"
        ),
        args![account, keep],
    )
    .await
}

/// Accounts with more than `keep` entries, at most `limit`.
pub async fn list_overlong(r: &Reader, keep: i64, limit: i64) -> Result<Vec<AccountId>> {
    r.column(sql!("SELECT account_id FROM home_feed GROUP BY account_id HAVING COUNT(*) > $1 LIMIT $2"), args![keep, limit]).await
}

/// Drops the feeds of people who have not been here since `active_since`.
pub async fn drop_inactive(tx: &Tx, active_since: i64) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM home_feed WHERE account_id IN
                (SELECT u.account_id FROM users u WHERE u.last_active_at IS NULL OR u.last_active_at <= $1)"
        ),
        args![active_since],
    )
    .await
}

/// Drops one feed whole.
pub async fn clear(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM home_feed WHERE account_id = $1"), args![account]).await.map(drop)
}
