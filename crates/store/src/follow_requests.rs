//! Follows that wait for an answer.

use crate::follows::Options;
use crate::page::{Page, paged};
use crate::{AccountId, FollowRequestId, Reader, Result, Tx, args, record, sql};

/// Asks to follow; returns the new request's id, or `None` if one waits already (whose options are then
/// changed).
pub async fn insert(tx: &Tx, account: AccountId, target: AccountId, options: &Options) -> Result<Option<FollowRequestId>> {
    let id = tx.next_id();
    let added = tx
        .exec(
            sql!(
                "INSERT INTO follow_requests (id, account_id, target_account_id, show_reblogs, notify, languages, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, target_account_id) DO NOTHING"
            ),
            args![id, account, target, options.show_reblogs, options.notify, options.languages.clone(), tx.now()],
        )
        .await?;
    if added > 0 {
        return Ok(Some(FollowRequestId(id)));
    }
    tx.exec(
        sql!("UPDATE follow_requests SET show_reblogs = $1, notify = $2, languages = $3 WHERE account_id = $4 AND target_account_id = $5"),
        args![options.show_reblogs, options.notify, options.languages.clone(), account, target],
    )
    .await?;
    Ok(None)
}

record! {
    /// A request with how it would follow.
    pub struct FollowRequest {
        pub id: FollowRequestId,
        pub account_id: AccountId,
        pub target_account_id: AccountId,
        pub show_reblogs: bool,
        pub notify: bool,
        pub languages: Option<String>,
        /// Of its activity, if one of the two lives elsewhere.
        pub uri: Option<String>,
    }
}

/// Takes a request away, answered or withdrawn; `None` if there was none.
pub async fn take(tx: &Tx, account: AccountId, target: AccountId) -> Result<Option<FollowRequest>> {
    tx.maybe(
        sql!(
            "DELETE FROM follow_requests WHERE account_id = $1 AND target_account_id = $2
             RETURNING id, account_id, target_account_id, show_reblogs, notify, languages, uri"
        ),
        args![account, target],
    )
    .await
}

/// Who asks whom by this activity, `party` being one of them.
pub async fn find_by_uri(r: &Reader, uri: &str, party: AccountId) -> Result<Option<(AccountId, AccountId)>> {
    r.maybe(
        sql!("SELECT account_id, target_account_id FROM follow_requests WHERE uri = $1 AND (account_id = $2 OR target_account_id = $2) LIMIT 1"),
        args![uri, party],
    )
    .await
}

/// Keeps the address of the request's activity.
pub async fn set_uri(tx: &Tx, account: AccountId, target: AccountId, uri: &str) -> Result<()> {
    tx.exec(sql!("UPDATE follow_requests SET uri = $1 WHERE account_id = $2 AND target_account_id = $3"), args![uri, account, target]).await.map(drop)
}

/// The id of a request, if it waits.
pub async fn find_id(r: &Reader, account: AccountId, target: AccountId) -> Result<Option<FollowRequestId>> {
    r.value(sql!("SELECT id FROM follow_requests WHERE account_id = $1 AND target_account_id = $2"), args![account, target]).await
}

/// The requests between `viewer` and `others`, both ways.
pub async fn list_between(r: &Reader, viewer: AccountId, others: &[AccountId]) -> Result<Vec<FollowRequest>> {
    r.all(
        sql!(
            "SELECT id, account_id, target_account_id, show_reblogs, notify, languages, uri FROM follow_requests
              WHERE account_id = $1 AND target_account_id = ANY($2)
             UNION ALL
             SELECT id, account_id, target_account_id, show_reblogs, notify, languages, uri FROM follow_requests
              WHERE target_account_id = $1 AND account_id = ANY($2)"
        ),
        args![viewer, others],
    )
    .await
}

/// A page of who asks to follow an account, keyed by the request; suspended accounts are left out.
pub async fn page(r: &Reader, target: AccountId, page: &Page) -> Result<Vec<(FollowRequestId, AccountId)>> {
    Ok(paged!(
        r,
        page,
        all,
        "SELECT q.id, q.account_id FROM follow_requests q JOIN accounts a ON a.id = q.account_id
          WHERE q.target_account_id = $4 AND a.suspended_at IS NULL",
        "q.id",
        [target]
    ))
}

/// How many wait for an account's answer; counts no further than `limit`.
pub async fn count(r: &Reader, target: AccountId, limit: i64) -> Result<i64> {
    Ok(r.value(sql!("SELECT COUNT(*) FROM (SELECT id FROM follow_requests WHERE target_account_id = $1 LIMIT $2) AS counted"), args![target, limit])
        .await?
        .unwrap_or(0))
}

/// Who waits for an account's answer, the oldest first, after request `after`; limited accounts are left out.
pub async fn list_waiting(r: &Reader, target: AccountId, after: FollowRequestId, limit: i64) -> Result<Vec<(FollowRequestId, AccountId)>> {
    r.all(
        sql!(
            "SELECT q.id, q.account_id FROM follow_requests q JOIN accounts a ON a.id = q.account_id
              WHERE q.target_account_id = $1 AND q.id > $2 AND a.silenced_at IS NULL ORDER BY q.id LIMIT $3"
        ),
        args![target, after, limit],
    )
    .await
}

/// Deletes an account's requests, its own and those to it, for its removal.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM follow_requests WHERE account_id = $1 OR target_account_id = $1"), args![account]).await.map(drop)
}
