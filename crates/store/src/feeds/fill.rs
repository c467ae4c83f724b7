//! What was posted before, into feeds that should have it: of somebody newly followed, of a list's new
//! member, and of everybody when a feed is rebuilt. The rules are those of `fan_out`.

use crate::hidden::{hidden_from_viewer, names_hidden};
use crate::{AccountId, ListId, Reader, Result, Tx, args, sql};

/// The newest followed hashtags that a rebuilt feed is filled from.
const HASHTAGS_MAX: i64 = 200;

/// Whether `$owner`, who follows the author by `f`, gets the status `s` (of the original `o`, if it is a
/// reblog).
macro_rules! owner_takes {
    ($owner:literal) => {
        concat!(
            "(f.languages IS NULL OR s.language IS NULL OR f.languages LIKE '%,' || s.language || ',%')
             AND (s.reblog_of_id IS NULL OR (f.show_reblogs = TRUE AND o.deleted_at IS NULL))
             AND (s.reply = FALSE OR s.in_reply_to_account_id = s.account_id OR s.in_reply_to_account_id = ",
            $owner,
            " OR EXISTS (SELECT 1 FROM follows fr WHERE fr.account_id = ",
            $owner,
            " AND fr.target_account_id = s.in_reply_to_account_id)) AND NOT ",
            hidden_from_viewer!("s.account_id", $owner),
            " AND NOT ",
            hidden_from_viewer!("o.account_id", $owner),
            " AND NOT ",
            names_hidden!("s.id", $owner),
            " AND NOT ",
            names_hidden!("s.reblog_of_id", $owner)
        )
    };
}

/// The statuses of each author `$author` that are newer than `$4` and among its newest `$5`.
macro_rules! newest_of {
    ($author:literal) => {
        concat!(
            "s.account_id = ",
            $author,
            " AND s.id > $4 AND s.id >= COALESCE((SELECT x.id FROM statuses x WHERE x.account_id = ",
            $author,
            " ORDER BY x.id DESC LIMIT 1 OFFSET $5), 0) AND s.deleted_at IS NULL AND s.visibility <= 2"
        )
    };
}

/// Where a full feed begins: what is older than its newest `limit` entries need not be looked for.
async fn floor(r: &Reader, account: AccountId, limit: i64) -> Result<i64> {
    let begins =
        r.value(sql!("SELECT status_id FROM home_feed WHERE account_id = $1 ORDER BY status_id DESC LIMIT 1 OFFSET $2"), args![account, limit - 1]);
    Ok(begins.await?.unwrap_or(0))
}

async fn list_floor(r: &Reader, list: ListId, limit: i64) -> Result<i64> {
    let begins =
        r.value(sql!("SELECT status_id FROM list_feed WHERE list_id = $1 ORDER BY status_id DESC LIMIT 1 OFFSET $2"), args![list, limit - 1]);
    Ok(begins.await?.unwrap_or(0))
}

/// Adds up to `limit` of the newest statuses of `from`, whom `account` follows, to the home feed of
/// `account`, and to those of its lists that have `from`.
pub async fn merge(tx: &Tx, account: AccountId, from: AccountId, limit: i64) -> Result<()> {
    fill_home(tx, account, AccountId(from.0 - 1), from, limit, true).await?;
    let lists: Vec<ListId> = tx
        .column(
            sql!(
                "SELECT la.list_id FROM list_accounts la CROSS JOIN lists l
                  WHERE la.account_id = $1 AND l.id = la.list_id AND l.account_id = $2 ORDER BY la.list_id"
            ),
            args![from, account],
        )
        .await?;
    for list in lists {
        merge_into_list(tx, list, from, limit).await?;
    }
    Ok(())
}

/// Adds up to `limit` of the newest statuses of `from` to a list's feed.
pub async fn merge_into_list(tx: &Tx, list: ListId, from: AccountId, limit: i64) -> Result<()> {
    fill_list(tx, list, AccountId(from.0 - 1), from, limit, true).await
}

/// The newest of the followed accounts in `(after, last]`; with `once` no reblog of what is there
/// already (a feed that is rebuilt is thinned at the end, see [`show_once`]).
async fn fill_home(tx: &Tx, account: AccountId, after: AccountId, last: AccountId, limit: i64, once: bool) -> Result<()> {
    let floor = floor(tx, account, limit).await?;
    tx.exec(
        sql!(concat!(
            "INSERT INTO home_feed (account_id, status_id, reblog_of)
             SELECT CAST($1 AS BIGINT), s.id, s.reblog_of_id
               FROM follows f CROSS JOIN statuses s LEFT JOIN statuses o ON o.id = s.reblog_of_id
              WHERE f.account_id = $1 AND f.target_account_id > $2 AND f.target_account_id <= $3 AND ",
            newest_of!("f.target_account_id"),
            " AND ",
            owner_takes!("$1"),
            " AND NOT EXISTS (SELECT 1 FROM list_accounts ea JOIN lists el ON el.id = ea.list_id
                               WHERE ea.account_id = f.target_account_id AND el.account_id = $1 AND el.exclusive = TRUE)
              AND ($6 = FALSE OR s.reblog_of_id IS NULL OR s.reblog_of_id NOT IN (
                    SELECT h.status_id FROM home_feed h WHERE h.account_id = $1
                     UNION ALL SELECT h.reblog_of FROM home_feed h WHERE h.account_id = $1 AND h.reblog_of IS NOT NULL))
              ORDER BY s.id DESC LIMIT $5 ON CONFLICT (account_id, status_id) DO NOTHING"
        )),
        args![account, after, last, floor, limit, once],
    )
    .await
    .map(drop)
}

/// The newest of a list's members in `(after, last]`, as [`fill_home`].
async fn fill_list(tx: &Tx, list: ListId, after: AccountId, last: AccountId, limit: i64, once: bool) -> Result<()> {
    let floor = list_floor(tx, list, limit).await?;
    tx.exec(
        sql!(concat!(
            "INSERT INTO list_feed (list_id, status_id, reblog_of)
             SELECT CAST($1 AS BIGINT), s.id, s.reblog_of_id
               FROM lists l CROSS JOIN list_accounts la CROSS JOIN statuses s
                 LEFT JOIN follows f ON f.account_id = l.account_id AND f.target_account_id = la.account_id
                 LEFT JOIN statuses o ON o.id = s.reblog_of_id
              WHERE l.id = $1 AND la.list_id = $1 AND la.account_id > $2 AND la.account_id <= $3 AND ",
            newest_of!("la.account_id"),
            " AND (la.account_id = l.account_id OR (f.id IS NOT NULL AND ",
            owner_takes!("l.account_id"),
            "))
              AND (s.reply = FALSE OR s.in_reply_to_account_id = s.account_id OR s.in_reply_to_account_id = l.account_id
                   OR l.replies_policy = 1 OR (l.replies_policy = 0
                      AND EXISTS (SELECT 1 FROM list_accounts lr WHERE lr.list_id = l.id AND lr.account_id = s.in_reply_to_account_id)))
              AND ($6 = FALSE OR s.reblog_of_id IS NULL OR s.reblog_of_id NOT IN (
                    SELECT h.status_id FROM list_feed h WHERE h.list_id = $1
                     UNION ALL SELECT h.reblog_of FROM list_feed h WHERE h.list_id = $1 AND h.reblog_of IS NOT NULL))
              ORDER BY s.id DESC LIMIT $5 ON CONFLICT (list_id, status_id) DO NOTHING"
        )),
        args![list, after, last, floor, limit, once],
    )
    .await
    .map(drop)
}

/// Begins a rebuilt home feed: the account's own statuses, and the newest with hashtags it follows.
pub async fn rebuild_own(tx: &Tx, account: AccountId, limit: i64) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO home_feed (account_id, status_id, reblog_of)
             SELECT s.account_id, s.id, s.reblog_of_id FROM statuses s WHERE s.account_id = $1 AND s.deleted_at IS NULL
              ORDER BY s.id DESC LIMIT $2 ON CONFLICT (account_id, status_id) DO NOTHING"
        ),
        args![account, limit],
    )
    .await?;
    tx.exec(
        sql!(concat!(
            "INSERT INTO home_feed (account_id, status_id)
             SELECT CAST($1 AS BIGINT), s.id
               FROM (SELECT tag_id FROM tag_follows WHERE account_id = $1 ORDER BY id DESC LIMIT $3) AS tf
              CROSS JOIN status_tags st CROSS JOIN statuses s CROSS JOIN accounts a
              WHERE st.tag_id = tf.tag_id AND s.id = st.status_id AND a.id = s.account_id
                AND st.status_id >= COALESCE((SELECT x.status_id FROM status_tags x WHERE x.tag_id = tf.tag_id
                                               ORDER BY x.status_id DESC LIMIT 1 OFFSET $2), 0)
                AND s.visibility = 0 AND s.deleted_at IS NULL AND a.silenced_at IS NULL AND a.suspended_at IS NULL AND s.account_id <> $1
                AND NOT ",
            hidden_from_viewer!("s.account_id", "$1"),
            " AND NOT ",
            names_hidden!("s.id", "$1"),
            " ORDER BY s.id DESC LIMIT $2 ON CONFLICT (account_id, status_id) DO NOTHING"
        )),
        args![account, limit, HASHTAGS_MAX],
    )
    .await
    .map(drop)
}

/// Goes on with a home feed: the newest of the next `authors` followed accounts, in id order after
/// `after`. Returns where to go on, `None` when all are done.
pub async fn rebuild_home(tx: &Tx, account: AccountId, after: AccountId, authors: i64, limit: i64) -> Result<Option<AccountId>> {
    let last: Option<AccountId> = tx
        .value(
            sql!(
                "SELECT target_account_id FROM follows WHERE account_id = $1 AND target_account_id > $2 ORDER BY target_account_id LIMIT 1 OFFSET $3"
            ),
            args![account, after, authors - 1],
        )
        .await?;
    fill_home(tx, account, after, last.unwrap_or(AccountId(i64::MAX)), limit, false).await?;
    Ok(last)
}

/// The same for a list and its members.
pub async fn rebuild_list(tx: &Tx, list: ListId, after: AccountId, authors: i64, limit: i64) -> Result<Option<AccountId>> {
    let last: Option<AccountId> = tx
        .value(
            sql!("SELECT account_id FROM list_accounts WHERE list_id = $1 AND account_id > $2 ORDER BY account_id LIMIT 1 OFFSET $3"),
            args![list, after, authors - 1],
        )
        .await?;
    fill_list(tx, list, after, last.unwrap_or(AccountId(i64::MAX)), limit, false).await?;
    Ok(last)
}

/// Leaves each original in a rebuilt home feed once: itself, else its first reblog.
pub async fn show_once(tx: &Tx, account: AccountId) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM home_feed WHERE account_id = $1 AND reblog_of IS NOT NULL
                AND (status_id NOT IN (SELECT MIN(h.status_id) FROM home_feed h WHERE h.account_id = $1 AND h.reblog_of IS NOT NULL GROUP BY h.reblog_of)
                     OR reblog_of IN (SELECT h.status_id FROM home_feed h WHERE h.account_id = $1))"
        ),
        args![account],
    )
    .await
}

/// The same in a list's feed.
pub async fn show_once_in_list(tx: &Tx, list: ListId) -> Result<u64> {
    tx.exec(
        sql!(
            "DELETE FROM list_feed WHERE list_id = $1 AND reblog_of IS NOT NULL
                AND (status_id NOT IN (SELECT MIN(h.status_id) FROM list_feed h WHERE h.list_id = $1 AND h.reblog_of IS NOT NULL GROUP BY h.reblog_of)
                     OR reblog_of IN (SELECT h.status_id FROM list_feed h WHERE h.list_id = $1))"
        ),
        args![list],
    )
    .await
}
