//! Whom on other servers an activity reaches, as inboxes.

use crate::{AccountId, Reader, Result, StatusId, args, sql};

/// Whom to look for: see [`list_inboxes`].
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// Their followers.
    pub followers_of: &'a [AccountId],
    pub accounts: &'a [AccountId],
    /// Of the followers, those whom this account blocks, or whose host, are not meant.
    pub without_blocked_by: Option<AccountId>,
    /// Only who has no shared inbox.
    pub only_own: bool,
}

/// Inboxes of remote accounts: the shared one of their host where there is one. Each once, in order, those after `after`.
pub async fn list_inboxes(r: &Reader, wanted: &Wanted<'_>, after: &str, limit: i64) -> Result<Vec<String>> {
    r.column(
        sql!(
            "SELECT DISTINCT CASE WHEN a.shared_inbox_url <> '' THEN a.shared_inbox_url ELSE a.inbox_url END AS inbox FROM accounts a
              WHERE a.id IN (SELECT f.account_id FROM follows f
                              WHERE f.target_account_id = ANY($1)
                                AND (CAST($6 AS BIGINT) IS NULL OR NOT EXISTS (
                                      SELECT 1 FROM blocks b WHERE b.account_id = $6 AND b.target_account_id = f.account_id))
                                AND (CAST($6 AS BIGINT) IS NULL OR NOT EXISTS (
                                      SELECT 1 FROM accounts o JOIN account_domain_blocks d ON d.domain = o.domain
                                       WHERE o.id = f.account_id AND d.account_id = $6))
                              UNION ALL SELECT x.id FROM accounts x WHERE x.id = ANY($2))
                AND a.domain <> '' AND a.suspended_at IS NULL AND ($3 = FALSE OR a.shared_inbox_url = '')
                AND CASE WHEN a.shared_inbox_url <> '' THEN a.shared_inbox_url ELSE a.inbox_url END > $4
              ORDER BY inbox LIMIT $5"
        ),
        args![wanted.followers_of, wanted.accounts, wanted.only_own, after, limit, wanted.without_blocked_by],
    )
    .await
}

/// How many follow these accounts, by their counters.
pub async fn count_followers(r: &Reader, accounts: &[AccountId]) -> Result<i64> {
    let sum =
        r.value(sql!("SELECT CAST(COALESCE(SUM(followers_count), 0) AS BIGINT) FROM account_stats WHERE account_id = ANY($1)"), args![accounts]);
    Ok(sum.await?.unwrap_or_default())
}

/// The shared inboxes of all known hosts, each once, in order, those after `after`. Jumps from one to the next,
/// however many accounts have it.
pub async fn list_shared_inboxes(r: &Reader, after: &str, limit: i64) -> Result<Vec<String>> {
    r.column(
        sql!(
            "WITH RECURSIVE known(inbox) AS (
                SELECT MIN(shared_inbox_url) FROM accounts WHERE shared_inbox_url > $1 AND shared_inbox_url <> ''
                 UNION ALL
                SELECT (SELECT MIN(a.shared_inbox_url) FROM accounts a WHERE a.shared_inbox_url > known.inbox AND a.shared_inbox_url <> '')
                  FROM known WHERE known.inbox IS NOT NULL)
             SELECT inbox FROM known WHERE inbox IS NOT NULL LIMIT $2"
        ),
        args![after, limit],
    )
    .await
}

/// The remote accounts that a status is addressed to by name, at most `limit`; with `followers_of`, those of them who
/// follow that account.
pub async fn list_addressed(r: &Reader, status: StatusId, followers_of: Option<AccountId>, limit: i64) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT m.account_id FROM mentions m JOIN accounts a ON a.id = m.account_id
              WHERE m.status_id = $1 AND a.domain <> ''
                AND (CAST($3 AS BIGINT) IS NULL
                     OR EXISTS (SELECT 1 FROM follows f WHERE f.account_id = m.account_id AND f.target_account_id = $3))
              ORDER BY m.account_id LIMIT $2"
        ),
        args![status, limit, followers_of],
    )
    .await
}

/// The remote accounts that have a status because they reblogged, favoured or answered it, or voted in it, at most
/// `limit`.
pub async fn list_concerned(r: &Reader, status: StatusId, limit: i64) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT a.id FROM accounts a
              WHERE a.domain <> ''
                AND a.id IN (SELECT b.account_id FROM statuses b WHERE b.reblog_of_id = $1 AND b.deleted_at IS NULL
                              UNION ALL SELECT f.account_id FROM favourites f WHERE f.status_id = $1
                              UNION ALL SELECT y.account_id FROM statuses y WHERE y.in_reply_to_id = $1
                              UNION ALL SELECT v.account_id FROM poll_votes v JOIN polls p ON p.id = v.poll_id WHERE p.status_id = $1)
              ORDER BY a.id LIMIT $2"
        ),
        args![status, limit],
    )
    .await
}
