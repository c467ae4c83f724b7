//! Home and list feeds: derived rows, written set-wise when a status is posted. Here is what a feed
//! shows and how it is cut and dropped; `fan_out` puts new statuses in, `fill` those that were there
//! before, `withdraw` takes some out.

pub mod fan_out;
pub mod fill;
pub mod withdraw;

pub use fan_out::{Batch, Entry, fan_out, fan_out_to_lists, fan_out_to_tag_followers, find_audience, find_entry, insert};
pub use fill::{merge, merge_into_list};
pub use withdraw::{forget, unmerge, unmerge_from_list};

use crate::page::{Page, paged};
use crate::{AccountId, ListId, Reader, Result, StatusId, Tx, args, sql};

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

/// A page of a list's feed, as [`home_page`].
pub async fn list_page(r: &Reader, list: ListId, page: &Page) -> Result<Vec<StatusId>> {
    Ok(paged!(
        r,
        page,
        column,
        "SELECT h.status_id FROM list_feed h CROSS JOIN statuses s WHERE h.list_id = $4 AND s.id = h.status_id AND s.deleted_at IS NULL",
        "h.status_id",
        [list]
    ))
}

/// Cuts a home feed to its newest `keep` entries.
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

/// Cuts a list's feed to its newest `keep` entries.
pub async fn trim_list(tx: &Tx, list: ListId, keep: i64) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM list_feed WHERE list_id = $1 AND status_id <=
                (SELECT status_id FROM list_feed WHERE list_id = $1 ORDER BY status_id DESC LIMIT 1 OFFSET $2)"
        ),
        args![list, keep],
    )
    .await
}

/// Accounts with more than `keep` entries, at most `limit`.
pub async fn list_overlong(r: &Reader, keep: i64, limit: i64) -> Result<Vec<AccountId>> {
    r.column(sql!("SELECT account_id FROM home_feed GROUP BY account_id HAVING COUNT(*) > $1 LIMIT $2"), args![keep, limit]).await
}

/// Lists with more than `keep` entries, at most `limit`.
pub async fn list_overlong_lists(r: &Reader, keep: i64, limit: i64) -> Result<Vec<ListId>> {
    r.column(sql!("SELECT list_id FROM list_feed GROUP BY list_id HAVING COUNT(*) > $1 LIMIT $2"), args![keep, limit]).await
}

/// Drops the feeds of people who have not been here since `active_since`, and those of their lists.
/// Returns how many entries of home feeds went.
pub async fn drop_inactive(tx: &Tx, active_since: i64) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM list_feed WHERE list_id IN
                (SELECT l.id FROM users u JOIN lists l ON l.account_id = u.account_id WHERE u.last_active_at IS NULL OR u.last_active_at <= $1)"
        ),
        args![active_since],
    )
    .await?;
    tx.exec(
        sql!(
            "DELETE FROM home_feed WHERE account_id IN
                (SELECT u.account_id FROM users u WHERE u.last_active_at IS NULL OR u.last_active_at <= $1)"
        ),
        args![active_since],
    )
    .await
}

/// Drops one home feed whole.
pub async fn clear(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM home_feed WHERE account_id = $1"), args![account]).await?;
    tx.exec(sql!("DELETE FROM feed_rebuilds WHERE account_id = $1"), args![account]).await.map(drop)
}

/// Notes that an account's feeds are being rebuilt, and under which id that can be asked about.
pub async fn begin_rebuild(tx: &Tx, account: AccountId) -> Result<i64> {
    let id = tx.next_id();
    tx.exec(
        sql!(
            "INSERT INTO feed_rebuilds (account_id, id) VALUES ($1, $2)
             ON CONFLICT (account_id) DO UPDATE SET id = excluded.id, finished_at = NULL"
        ),
        args![account, id],
    )
    .await?;
    Ok(id)
}

/// Notes that the home feed is whole again.
pub async fn finish_rebuild(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("UPDATE feed_rebuilds SET finished_at = $1 WHERE account_id = $2"), args![tx.now(), account]).await.map(drop)
}

/// The last rebuilding of an account's feeds: its id and when it ended, milliseconds UTC.
pub async fn find_rebuild(r: &Reader, account: AccountId) -> Result<Option<(i64, Option<i64>)>> {
    r.maybe(sql!("SELECT id, finished_at FROM feed_rebuilds WHERE account_id = $1"), args![account]).await
}

/// Forgets rebuildings that ended before `before` (milliseconds UTC).
pub async fn delete_old_rebuilds(tx: &Tx, before: i64) -> Result<u64> {
    tx.exec(sql!("DELETE FROM feed_rebuilds WHERE finished_at < $1"), args![before]).await
}
