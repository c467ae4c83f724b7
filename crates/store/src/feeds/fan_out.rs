//! A new status into the feeds of those who get it, a batch of readers a statement.
//!
//! Whoever does not want to see a status is found from the status's side, once a batch: readers are
//! many, those who block somebody named in it are few.

use crate::hidden::{hidden_from_viewer, names_hidden};
use crate::statuses::Visibility;
use crate::{AccountId, ListId, Reader, Result, StatusId, Tx, args, record, sql};

/// Newest entries among which an original is shown once. Mastodon's number.
pub(crate) const ONCE_AMONG: i64 = 80;

record! {
    /// What decides who gets a status into a feed.
    pub struct Entry {
        pub status_id: StatusId,
        pub account_id: AccountId,
        pub reblog_of_id: Option<StatusId>,
        pub in_reply_to_account_id: Option<AccountId>,
        pub visibility: i64,
        pub language: Option<String>,
    }
}

impl Entry {
    /// Whom it answers, unless that is its author.
    fn answers(&self) -> Option<AccountId> {
        self.in_reply_to_account_id.filter(|to| *to != self.account_id)
    }

    fn is_direct(&self) -> bool {
        self.visibility >= Visibility::Direct as i64
    }
}

/// What became of one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch<T> {
    /// Where the next batch begins; `None` after the last.
    pub next: Option<T>,
    /// Who got the status now.
    pub got_it: Vec<T>,
}

/// The entry for a status, if it still exists.
pub async fn find_entry(r: &Reader, status: StatusId) -> Result<Option<Entry>> {
    r.maybe(
        sql!("SELECT id, account_id, reblog_of_id, in_reply_to_account_id, visibility, language FROM statuses WHERE id = $1 AND deleted_at IS NULL"),
        args![status],
    )
    .await
}

/// Which kinds of readers a status has beside followers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audience {
    /// It carries a hashtag.
    pub tagged: bool,
    /// Its author is in a list.
    pub listed: bool,
}

/// Whether there is anybody to look for beside followers.
pub async fn find_audience(r: &Reader, entry: &Entry) -> Result<Audience> {
    let (tagged, listed) = r
        .one(
            sql!("SELECT EXISTS (SELECT 1 FROM status_tags WHERE status_id = $1), EXISTS (SELECT 1 FROM list_accounts WHERE account_id = $2)"),
            args![entry.status_id, entry.account_id],
        )
        .await?;
    Ok(Audience { tagged, listed })
}

/// Puts a status into one account's own feed; false for a reblog of what is among its newest already.
pub async fn insert(tx: &Tx, account: AccountId, entry: &Entry) -> Result<bool> {
    let added = tx
        .exec(
            sql!(
                "INSERT INTO home_feed (account_id, status_id, reblog_of)
                 SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT)
                  WHERE CAST($3 AS BIGINT) IS NULL OR NOT EXISTS (
                    SELECT 1 FROM (SELECT h.status_id, h.reblog_of FROM home_feed h
                                    WHERE h.account_id = $1 ORDER BY h.status_id DESC LIMIT $4) AS newest
                      CROSS JOIN statuses d
                     WHERE (newest.status_id = $3 OR newest.reblog_of = $3) AND d.id = newest.status_id AND d.deleted_at IS NULL)
                 ON CONFLICT (account_id, status_id) DO NOTHING"
            ),
            args![account, entry.status_id, entry.reblog_of_id, ONCE_AMONG],
        )
        .await?;
    Ok(added > 0)
}

/// The last of the next `limit` of a list in id order, if there are more behind it.
fn boundary<T: Copy>(ids: &[T]) -> Option<T> {
    if ids.len() > 1 { ids.first().copied() } else { None }
}

/// Readers in `($3, $4]` who do not want to see what `$parties` take part in, or whom one of
/// `$authors` blocks. Both are lists of account ids in SQL.
macro_rules! unwilling {
    ($parties:literal, $authors:literal) => {
        concat!(
            "SELECT ub.account_id FROM blocks ub WHERE ub.target_account_id IN (",
            $parties,
            ") AND ub.account_id > $3 AND ub.account_id <= $4
             UNION ALL SELECT ua.target_account_id FROM blocks ua WHERE ua.account_id IN (",
            $authors,
            ") AND ua.target_account_id > $3 AND ua.target_account_id <= $4
             UNION ALL SELECT um.account_id FROM mutes um WHERE um.target_account_id IN (",
            $parties,
            ") AND um.account_id > $3 AND um.account_id <= $4
             UNION ALL SELECT ud.account_id FROM account_domain_blocks ud
                WHERE ud.domain IN (SELECT ux.domain FROM accounts ux WHERE ux.domain <> '' AND ux.id IN (",
            $authors,
            ")) AND ud.account_id > $3 AND ud.account_id <= $4"
        )
    };
}

/// As [`unwilling`], for the status `$1` by `$2` itself.
macro_rules! unwilling_of_original {
    () => {
        unwilling!(
            "SELECT CAST($2 AS BIGINT) UNION ALL SELECT pm.account_id FROM mentions pm WHERE pm.status_id = $1 AND pm.silent = FALSE",
            "CAST($2 AS BIGINT)"
        )
    };
}

/// As [`unwilling`], for `$2` reblogging `$6`.
macro_rules! unwilling_of_reblog {
    () => {
        unwilling!(
            "SELECT CAST($2 AS BIGINT) UNION ALL SELECT po.account_id FROM statuses po WHERE po.id = $6
              UNION ALL SELECT pm.account_id FROM mentions pm WHERE pm.status_id = $6 AND pm.silent = FALSE",
            "SELECT CAST($2 AS BIGINT) UNION ALL SELECT po.account_id FROM statuses po WHERE po.id = $6"
        )
    };
}

/// Readers who have `$2` in an exclusive list: it stays out of their home.
macro_rules! keep_in_lists {
    () => {
        " UNION ALL SELECT el.account_id FROM list_accounts ea CROSS JOIN lists el
            WHERE ea.account_id = $2 AND el.id = ea.list_id AND el.exclusive = TRUE"
    };
}

/// Puts a status into the home feeds of up to `limit` followers, in id order after `after`.
///
/// Left out: people not here since `active_since`; replies to people they do not follow; languages and
/// reblogs they do not want; what an account they block or mute wrote, is named in or is reblogged in;
/// authors who block them, or on hosts they block; members of their exclusive lists; reblogs whose
/// original is among their newest 80 entries. A direct message reaches only the followers it names.
pub async fn fan_out(tx: &Tx, entry: &Entry, active_since: i64, after: AccountId, limit: i64) -> Result<Batch<AccountId>> {
    if entry.is_direct() {
        return Ok(Batch { next: None, got_it: fan_out_direct(tx, entry, active_since).await? });
    }
    let ends: Vec<AccountId> = tx
        .column(
            sql!("SELECT account_id FROM follows WHERE target_account_id = $1 AND account_id > $2 ORDER BY account_id LIMIT 2 OFFSET $3"),
            args![entry.account_id, after, limit - 1],
        )
        .await?;
    let next = boundary(&ends);
    let last = next.unwrap_or(AccountId(i64::MAX));
    let got_it = match entry.reblog_of_id {
        Some(original) => fan_out_reblog(tx, entry, original, active_since, after, last).await?,
        None => fan_out_original(tx, entry, active_since, after, last).await?,
    };
    Ok(Batch { next, got_it })
}

async fn fan_out_original(tx: &Tx, entry: &Entry, active_since: i64, after: AccountId, last: AccountId) -> Result<Vec<AccountId>> {
    tx.column(
        sql!(concat!(
            "INSERT INTO home_feed (account_id, status_id)
             SELECT f.account_id, $1 FROM follows f JOIN users u ON u.account_id = f.account_id
              WHERE f.target_account_id = $2 AND f.account_id > $3 AND f.account_id <= $4 AND u.last_active_at > $5
                AND (f.languages IS NULL OR CAST($6 AS TEXT) IS NULL OR f.languages LIKE '%,' || CAST($6 AS TEXT) || ',%')
                AND (CAST($7 AS BIGINT) IS NULL OR f.account_id = $7
                     OR EXISTS (SELECT 1 FROM follows o WHERE o.account_id = f.account_id AND o.target_account_id = $7))
                AND f.account_id NOT IN (",
            unwilling_of_original!(),
            keep_in_lists!(),
            ") ON CONFLICT (account_id, status_id) DO NOTHING RETURNING account_id"
        )),
        args![entry.status_id, entry.account_id, after, last, active_since, entry.language.clone(), entry.answers()],
    )
    .await
}

async fn fan_out_reblog(tx: &Tx, entry: &Entry, original: StatusId, active_since: i64, after: AccountId, last: AccountId) -> Result<Vec<AccountId>> {
    tx.column(
        sql!(concat!(
            "INSERT INTO home_feed (account_id, status_id, reblog_of)
             SELECT f.account_id, $1, $6 FROM follows f JOIN users u ON u.account_id = f.account_id
              WHERE f.target_account_id = $2 AND f.account_id > $3 AND f.account_id <= $4 AND u.last_active_at > $5 AND f.show_reblogs = TRUE
                AND NOT EXISTS (
                    SELECT 1 FROM (SELECT h.status_id, h.reblog_of FROM home_feed h
                                    WHERE h.account_id = f.account_id ORDER BY h.status_id DESC LIMIT $7) AS newest
                      CROSS JOIN statuses d
                     WHERE (newest.status_id = $6 OR newest.reblog_of = $6) AND d.id = newest.status_id AND d.deleted_at IS NULL)
                AND f.account_id NOT IN (",
            unwilling_of_reblog!(),
            keep_in_lists!(),
            ") ON CONFLICT (account_id, status_id) DO NOTHING RETURNING account_id"
        )),
        args![entry.status_id, entry.account_id, after, last, active_since, original, ONCE_AMONG],
    )
    .await
}

/// To the followers that a direct message names; there are never many.
async fn fan_out_direct(tx: &Tx, entry: &Entry, active_since: i64) -> Result<Vec<AccountId>> {
    tx.column(
        sql!(concat!(
            "INSERT INTO home_feed (account_id, status_id)
             SELECT m.account_id, $1 FROM mentions m
               JOIN follows f ON f.account_id = m.account_id AND f.target_account_id = $2
               JOIN users u ON u.account_id = m.account_id
              WHERE m.status_id = $1 AND m.silent = FALSE AND m.account_id > $3 AND m.account_id <= $4 AND u.last_active_at > $5
                AND (f.languages IS NULL OR CAST($6 AS TEXT) IS NULL OR f.languages LIKE '%,' || CAST($6 AS TEXT) || ',%')
                AND (CAST($7 AS BIGINT) IS NULL OR f.account_id = $7
                     OR EXISTS (SELECT 1 FROM follows o WHERE o.account_id = f.account_id AND o.target_account_id = $7))
                AND m.account_id NOT IN (",
            unwilling_of_original!(),
            keep_in_lists!(),
            ") ON CONFLICT (account_id, status_id) DO NOTHING RETURNING account_id"
        )),
        args![entry.status_id, entry.account_id, AccountId(i64::MIN), AccountId(i64::MAX), active_since, entry.language.clone(), entry.answers()],
    )
    .await
}

/// Puts a public status with hashtags into the home feeds of up to `limit` people who follow one of
/// them, in id order after `after`. Left out: people not here since `active_since`, the author, and
/// whoever does not want to see the author or somebody named.
pub async fn fan_out_to_tag_followers(tx: &Tx, entry: &Entry, active_since: i64, after: AccountId, limit: i64) -> Result<Batch<AccountId>> {
    let ends: Vec<AccountId> = tx
        .column(
            sql!(
                "SELECT DISTINCT tf.account_id FROM status_tags st CROSS JOIN tag_follows tf
                  WHERE st.status_id = $1 AND tf.tag_id = st.tag_id AND tf.account_id > $2 ORDER BY tf.account_id LIMIT 2 OFFSET $3"
            ),
            args![entry.status_id, after, limit - 1],
        )
        .await?;
    let next = boundary(&ends);
    let got_it = tx
        .column(
            sql!(concat!(
                "INSERT INTO home_feed (account_id, status_id)
                 SELECT DISTINCT tf.account_id, CAST($1 AS BIGINT) FROM status_tags st CROSS JOIN tag_follows tf
                   JOIN users u ON u.account_id = tf.account_id JOIN accounts a ON a.id = $2
                  WHERE st.status_id = $1 AND tf.tag_id = st.tag_id AND tf.account_id > $3 AND tf.account_id <= $4
                    AND u.last_active_at > $5 AND a.silenced_at IS NULL AND tf.account_id <> $2
                    AND tf.account_id NOT IN (",
                unwilling_of_original!(),
                ") ON CONFLICT (account_id, status_id) DO NOTHING RETURNING account_id"
            )),
            args![entry.status_id, entry.account_id, after, next.unwrap_or(AccountId(i64::MAX)), active_since],
        )
        .await?;
    Ok(Batch { next, got_it })
}

/// A reader's list passes a reply to `$7` (NULL: no reply to somebody else).
macro_rules! list_takes_reply {
    () => {
        "(CAST($7 AS BIGINT) IS NULL OR l.account_id = $7
          OR ((l.account_id = $2 OR EXISTS (SELECT 1 FROM follows o WHERE o.account_id = l.account_id AND o.target_account_id = $7))
              AND (l.replies_policy = 1 OR (l.replies_policy = 0
                   AND EXISTS (SELECT 1 FROM list_accounts lr WHERE lr.list_id = l.id AND lr.account_id = $7)))))"
    };
}

/// The lists in `($3, $4]` that have `$2`, with their owners here since `$5` and following `$2`.
macro_rules! lists_of_author {
    () => {
        " FROM list_accounts la JOIN lists l ON l.id = la.list_id JOIN users u ON u.account_id = l.account_id
            LEFT JOIN follows f ON f.account_id = l.account_id AND f.target_account_id = $2
           WHERE la.account_id = $2 AND la.list_id > $3 AND la.list_id <= $4 AND u.last_active_at > $5
             AND (f.id IS NOT NULL OR l.account_id = $2)"
    };
}

/// Puts a status into the feeds of up to `limit` lists that have its author, in id order after `after`.
/// The rules are those of [`fan_out`], for the list's owner, without exclusiveness; and those of the list.
pub async fn fan_out_to_lists(tx: &Tx, entry: &Entry, active_since: i64, after: ListId, limit: i64) -> Result<Batch<ListId>> {
    if entry.is_direct() {
        return Ok(Batch { next: None, got_it: Vec::new() });
    }
    let ends: Vec<ListId> = tx
        .column(
            sql!("SELECT list_id FROM list_accounts WHERE account_id = $1 AND list_id > $2 ORDER BY list_id LIMIT $3"),
            args![entry.account_id, after, limit + 1],
        )
        .await?;
    if ends.is_empty() {
        return Ok(Batch { next: None, got_it: Vec::new() });
    }
    let next = if ends.len() as i64 > limit { ends.iter().rev().nth(1).copied() } else { None };
    let last = next.unwrap_or(ListId(i64::MAX));
    let got_it = match entry.reblog_of_id {
        Some(original) => reblog_to_lists(tx, entry, original, active_since, after, last).await?,
        None => original_to_lists(tx, entry, active_since, after, last).await?,
    };
    Ok(Batch { next, got_it })
}

async fn original_to_lists(tx: &Tx, entry: &Entry, active_since: i64, after: ListId, last: ListId) -> Result<Vec<ListId>> {
    tx.column(
        sql!(concat!(
            "INSERT INTO list_feed (list_id, status_id) SELECT la.list_id, $1",
            lists_of_author!(),
            " AND (f.languages IS NULL OR CAST($6 AS TEXT) IS NULL OR f.languages LIKE '%,' || CAST($6 AS TEXT) || ',%') AND ",
            list_takes_reply!(),
            " AND (l.account_id = $2 OR NOT (",
            hidden_from_viewer!("$2", "l.account_id"),
            " OR ",
            names_hidden!("$1", "l.account_id"),
            ")) ON CONFLICT (list_id, status_id) DO NOTHING RETURNING list_id"
        )),
        args![entry.status_id, entry.account_id, after, last, active_since, entry.language.clone(), entry.answers()],
    )
    .await
}

async fn reblog_to_lists(tx: &Tx, entry: &Entry, original: StatusId, active_since: i64, after: ListId, last: ListId) -> Result<Vec<ListId>> {
    tx.column(
        sql!(concat!(
            "INSERT INTO list_feed (list_id, status_id, reblog_of) SELECT la.list_id, $1, $6",
            lists_of_author!(),
            " AND (f.id IS NULL OR f.show_reblogs = TRUE)
              AND NOT EXISTS (
                    SELECT 1 FROM (SELECT h.status_id, h.reblog_of FROM list_feed h
                                    WHERE h.list_id = la.list_id ORDER BY h.status_id DESC LIMIT $7) AS newest
                      CROSS JOIN statuses d
                     WHERE (newest.status_id = $6 OR newest.reblog_of = $6) AND d.id = newest.status_id AND d.deleted_at IS NULL)
              AND (l.account_id = $2 OR NOT (",
            hidden_from_viewer!("$2", "l.account_id"),
            " OR EXISTS (SELECT 1 FROM statuses po WHERE po.id = $6 AND ",
            hidden_from_viewer!("po.account_id", "l.account_id"),
            ") OR ",
            names_hidden!("$6", "l.account_id"),
            ")) ON CONFLICT (list_id, status_id) DO NOTHING RETURNING list_id"
        )),
        args![entry.status_id, entry.account_id, after, last, active_since, original, ONCE_AMONG],
    )
    .await
}
