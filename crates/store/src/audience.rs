//! Whom on other servers an activity reaches, as inboxes.

use crate::{AccountId, Reader, Result, StatusId, args, sql};

/// Inboxes of remote accounts: of the followers of `followers_of`, and of `accounts`; the shared one of their host
/// where there is one, or, with `only_own`, that of those who have none. Each once, in order, those after `after`.
pub async fn list_inboxes(
    r: &Reader,
    followers_of: &[AccountId],
    accounts: &[AccountId],
    only_own: bool,
    after: &str,
    limit: i64,
) -> Result<Vec<String>> {
    r.column(
        sql!(
            "SELECT DISTINCT CASE WHEN a.shared_inbox_url <> '' THEN a.shared_inbox_url ELSE a.inbox_url END AS inbox FROM accounts a
              WHERE a.id IN (SELECT f.account_id FROM follows f WHERE f.target_account_id = ANY($1)
                              UNION SELECT x.id FROM accounts x WHERE x.id = ANY($2))
                AND a.domain <> '' AND a.suspended_at IS NULL AND ($3 = FALSE OR a.shared_inbox_url = '')
                AND CASE WHEN a.shared_inbox_url <> '' THEN a.shared_inbox_url ELSE a.inbox_url END > $4
              ORDER BY inbox LIMIT $5"
        ),
        args![followers_of, accounts, only_own, after, limit],
    )
    .await
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

/// The remote accounts that a status is addressed to by name, at most `limit`.
pub async fn list_addressed(r: &Reader, status: StatusId, limit: i64) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT m.account_id FROM mentions m JOIN accounts a ON a.id = m.account_id
              WHERE m.status_id = $1 AND a.domain <> '' ORDER BY m.account_id LIMIT $2"
        ),
        args![status, limit],
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
                AND a.id IN (SELECT b.account_id FROM statuses b WHERE b.reblog_of_id = $1
                              UNION SELECT f.account_id FROM favourites f WHERE f.status_id = $1
                              UNION SELECT y.account_id FROM statuses y WHERE y.in_reply_to_id = $1
                              UNION SELECT v.account_id FROM poll_votes v JOIN polls p ON p.id = v.poll_id WHERE p.status_id = $1)
              ORDER BY a.id LIMIT $2"
        ),
        args![status, limit],
    )
    .await
}
