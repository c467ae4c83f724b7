//! What leaves feeds: statuses that were deleted, accounts and hashtags that are followed no more.

use crate::hidden::hidden_from_viewer;
use crate::{AccountId, ListId, Result, StatusId, TagId, Tx, args, sql};

/// Later reblogs among which the next to be shown is looked for.
const LATER_REBLOGS: i64 = 80;

/// Takes an account's statuses out of another's home feed and lists.
pub async fn unmerge(tx: &Tx, account: AccountId, from: AccountId) -> Result<()> {
    tx.exec(
        sql!(
            "DELETE FROM home_feed WHERE account_id = $1 AND status_id IN
                (SELECT h.status_id FROM home_feed h CROSS JOIN statuses s WHERE h.account_id = $1 AND s.id = h.status_id AND s.account_id = $2)"
        ),
        args![account, from],
    )
    .await?;
    tx.exec(
        sql!(
            "DELETE FROM list_feed WHERE list_id IN (SELECT l.id FROM lists l WHERE l.account_id = $1) AND status_id IN
                (SELECT h.status_id FROM lists l CROSS JOIN list_feed h CROSS JOIN statuses s
                  WHERE l.account_id = $1 AND h.list_id = l.id AND s.id = h.status_id AND s.account_id = $2)"
        ),
        args![account, from],
    )
    .await
    .map(drop)
}

/// Takes the statuses of members that left out of a list's feed.
pub async fn unmerge_from_list(tx: &Tx, list: ListId, from: &[AccountId]) -> Result<()> {
    tx.exec(
        sql!(
            "DELETE FROM list_feed WHERE list_id = $1 AND status_id IN
                (SELECT h.status_id FROM list_feed h CROSS JOIN statuses s WHERE h.list_id = $1 AND s.id = h.status_id AND s.account_id = ANY($2))"
        ),
        args![list, from],
    )
    .await
    .map(drop)
}

/// Whether the status `s` of an entry is by `$2`, reblogs `$2` or names `$2`.
macro_rules! concerns {
    () => {
        "(s.account_id = $2 OR EXISTS (SELECT 1 FROM statuses o WHERE o.id = s.reblog_of_id AND o.account_id = $2)
          OR EXISTS (SELECT 1 FROM mentions m WHERE m.status_id = s.id AND m.account_id = $2 AND m.silent = FALSE)
          OR EXISTS (SELECT 1 FROM mentions m WHERE m.status_id = s.reblog_of_id AND m.account_id = $2 AND m.silent = FALSE))"
    };
}

/// Takes everything that `whom` wrote, is named in or is reblogged in out of the account's home feed
/// and lists, as when it blocks or mutes them. The account's own statuses stay.
pub async fn forget(tx: &Tx, account: AccountId, whom: AccountId) -> Result<()> {
    tx.exec(
        sql!(concat!(
            "DELETE FROM home_feed WHERE account_id = $1 AND status_id IN
                (SELECT h.status_id FROM home_feed h CROSS JOIN statuses s WHERE h.account_id = $1 AND s.id = h.status_id AND s.account_id <> $1 AND ",
            concerns!(),
            ")"
        )),
        args![account, whom],
    )
    .await?;
    tx.exec(
        sql!(concat!(
            "DELETE FROM list_feed WHERE list_id IN (SELECT l.id FROM lists l WHERE l.account_id = $1) AND status_id IN
                (SELECT h.status_id FROM lists l CROSS JOIN list_feed h CROSS JOIN statuses s
                  WHERE l.account_id = $1 AND h.list_id = l.id AND s.id = h.status_id AND s.account_id <> $1 AND ",
            concerns!(),
            ")"
        )),
        args![account, whom],
    )
    .await
    .map(drop)
}

/// Takes statuses with a hashtag that is followed no more out of a home feed, unless the account
/// wrote them, follows their author, or follows another of their hashtags.
pub async fn unmerge_tag(tx: &Tx, account: AccountId, tag: TagId) -> Result<()> {
    tx.exec(
        sql!(
            "DELETE FROM home_feed WHERE account_id = $1 AND status_id IN
                (SELECT h.status_id FROM home_feed h CROSS JOIN status_tags st CROSS JOIN statuses s
                  WHERE h.account_id = $1 AND st.status_id = h.status_id AND st.tag_id = $2 AND s.id = h.status_id AND s.account_id <> $1
                    AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.account_id = $1 AND f.target_account_id = s.account_id)
                    AND NOT EXISTS (SELECT 1 FROM status_tags ot JOIN tag_follows tf ON tf.tag_id = ot.tag_id
                                     WHERE ot.status_id = h.status_id AND ot.tag_id <> $2 AND tf.account_id = $1))"
        ),
        args![account, tag],
    )
    .await
    .map(drop)
}

/// Takes a deleted status out of the home feeds of `accounts`. In its place comes the next reblog of
/// the same original, `reblog_of`, that was left out because of it. Returns who had it.
pub async fn withdraw(tx: &Tx, status: StatusId, reblog_of: Option<StatusId>, accounts: &[AccountId]) -> Result<Vec<AccountId>> {
    let held: Vec<AccountId> =
        tx.column(sql!("DELETE FROM home_feed WHERE status_id = $1 AND account_id = ANY($2) RETURNING account_id"), args![status, accounts]).await?;
    let Some(original) = reblog_of.filter(|_| !held.is_empty()) else { return Ok(held) };
    tx.exec(
        sql!(concat!(
            "INSERT INTO home_feed (account_id, status_id, reblog_of)
             SELECT f.account_id, MIN(r.id), CAST($2 AS BIGINT)
               FROM (SELECT n.id, n.account_id FROM statuses n
                      WHERE n.reblog_of_id = $2 AND n.deleted_at IS NULL AND n.id > $1 AND n.visibility <= 2 ORDER BY n.id LIMIT $4) AS r
               CROSS JOIN follows f
              WHERE f.target_account_id = r.account_id AND f.account_id = ANY($3) AND f.show_reblogs = TRUE AND NOT ",
            hidden_from_viewer!("r.account_id", "f.account_id"),
            " AND NOT EXISTS (SELECT 1 FROM list_accounts ea JOIN lists el ON el.id = ea.list_id
                               WHERE ea.account_id = r.account_id AND el.account_id = f.account_id AND el.exclusive = TRUE)
              AND NOT EXISTS (SELECT 1 FROM home_feed h WHERE h.account_id = f.account_id AND h.reblog_of = $2)
              GROUP BY f.account_id ON CONFLICT (account_id, status_id) DO NOTHING"
        )),
        args![status, original, &held, LATER_REBLOGS],
    )
    .await?;
    Ok(held)
}

/// The same for lists that have the author, the first `limit` of them. Returns those that had it.
pub async fn withdraw_from_lists(tx: &Tx, status: StatusId, reblog_of: Option<StatusId>, author: AccountId, limit: i64) -> Result<Vec<ListId>> {
    let held: Vec<ListId> = tx
        .column(
            sql!(
                "DELETE FROM list_feed WHERE status_id = $1 AND list_id IN
                    (SELECT la.list_id FROM list_accounts la WHERE la.account_id = $2 ORDER BY la.list_id LIMIT $3) RETURNING list_id"
            ),
            args![status, author, limit],
        )
        .await?;
    let Some(original) = reblog_of.filter(|_| !held.is_empty()) else { return Ok(held) };
    tx.exec(
        sql!(concat!(
            "INSERT INTO list_feed (list_id, status_id, reblog_of)
             SELECT la.list_id, MIN(r.id), CAST($2 AS BIGINT)
               FROM (SELECT n.id, n.account_id FROM statuses n
                      WHERE n.reblog_of_id = $2 AND n.deleted_at IS NULL AND n.id > $1 AND n.visibility <= 2 ORDER BY n.id LIMIT $4) AS r
               CROSS JOIN list_accounts la CROSS JOIN lists l CROSS JOIN follows f
              WHERE la.account_id = r.account_id AND la.list_id = ANY($3) AND l.id = la.list_id
                AND f.account_id = l.account_id AND f.target_account_id = r.account_id AND f.show_reblogs = TRUE AND NOT ",
            hidden_from_viewer!("r.account_id", "l.account_id"),
            " AND NOT EXISTS (SELECT 1 FROM list_feed h WHERE h.list_id = la.list_id AND h.reblog_of = $2)
              GROUP BY la.list_id ON CONFLICT (list_id, status_id) DO NOTHING"
        )),
        args![status, original, &held, LATER_REBLOGS],
    )
    .await?;
    Ok(held)
}

/// Takes a deleted status out of the home feeds it came into by a hashtag, of the first `limit` people
/// who follow one of its hashtags. Returns who had it.
pub async fn withdraw_from_tag_followers(tx: &Tx, status: StatusId, limit: i64) -> Result<Vec<AccountId>> {
    tx.column(
        sql!(
            "DELETE FROM home_feed WHERE status_id = $1 AND account_id IN
                (SELECT tf.account_id FROM status_tags st CROSS JOIN tag_follows tf
                  WHERE st.status_id = $1 AND tf.tag_id = st.tag_id LIMIT $2) RETURNING account_id"
        ),
        args![status, limit],
    )
    .await
}

/// What a status reblogs, even when it is deleted.
pub async fn find_reblogged(tx: &Tx, status: StatusId) -> Result<Option<StatusId>> {
    Ok(tx.value::<Option<StatusId>>(sql!("SELECT reblog_of_id FROM statuses WHERE id = $1"), args![status]).await?.flatten())
}
