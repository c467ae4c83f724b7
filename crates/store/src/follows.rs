//! Follows and what two accounts are to each other.

use crate::hidden::shunned_by_viewer;
use crate::page::{Page, paged};
use crate::{AccountId, FollowId, Reader, Result, StatusId, Tx, args, record, sql};

/// How one account follows another.
#[derive(Clone, Debug)]
pub struct Options {
    pub show_reblogs: bool,
    pub notify: bool,
    /// Codes between commas: `,en,de,`; `None` is every language.
    pub languages: Option<String>,
}

/// Follows; returns the new follow's id, or `None` if the accounts were joined already (whose
/// options are then changed).
pub async fn insert(tx: &Tx, account: AccountId, target: AccountId, options: &Options) -> Result<Option<FollowId>> {
    let id = tx.next_id();
    let added = tx
        .exec(
            sql!(
                "INSERT INTO follows (id, account_id, target_account_id, show_reblogs, notify, languages, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, target_account_id) DO NOTHING"
            ),
            args![id, account, target, options.show_reblogs, options.notify, options.languages.clone(), tx.now()],
        )
        .await?;
    if added > 0 {
        return Ok(Some(FollowId(id)));
    }
    tx.exec(
        sql!("UPDATE follows SET show_reblogs = $1, notify = $2, languages = $3 WHERE account_id = $4 AND target_account_id = $5"),
        args![options.show_reblogs, options.notify, options.languages.clone(), account, target],
    )
    .await?;
    Ok(None)
}

/// Ends a follow, and with it the target's place in the account's lists; false if there was none.
pub async fn delete(tx: &Tx, account: AccountId, target: AccountId) -> Result<bool> {
    crate::lists::drop_member(tx, account, target).await?;
    let gone = tx.exec(sql!("DELETE FROM follows WHERE account_id = $1 AND target_account_id = $2"), args![account, target]).await?;
    Ok(gone > 0)
}

record! {
    /// A follow between the viewer and another account.
    pub struct Follow {
        pub account_id: AccountId,
        pub target_account_id: AccountId,
        pub show_reblogs: bool,
        pub notify: bool,
        pub languages: Option<String>,
    }
}

/// The follows between `viewer` and `others`, both ways.
pub async fn list_between(r: &Reader, viewer: AccountId, others: &[AccountId]) -> Result<Vec<Follow>> {
    r.all(
        sql!(
            "SELECT account_id, target_account_id, show_reblogs, notify, languages FROM follows WHERE account_id = $1 AND target_account_id = ANY($2)
             UNION ALL
             SELECT account_id, target_account_id, show_reblogs, notify, languages FROM follows WHERE target_account_id = $1 AND account_id = ANY($2)"
        ),
        args![viewer, others],
    )
    .await
}

pub async fn exists(r: &Reader, account: AccountId, target: AccountId) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM follows WHERE account_id = $1 AND target_account_id = $2)"), args![account, target])
        .await?
        .unwrap_or(false))
}

/// A page of an account's followers, keyed by the follow's id, without those that the viewer shuns.
pub async fn followers_page(r: &Reader, account: AccountId, viewer: Option<AccountId>, page: &Page) -> Result<Vec<(FollowId, AccountId)>> {
    Ok(paged!(
        r,
        page,
        all,
        concat!(
            "SELECT f.id, f.account_id FROM follows f WHERE f.target_account_id = $4 AND ($5 = $4 OR NOT ",
            shunned_by_viewer!("f.account_id", "$5"),
            ")"
        ),
        "f.id",
        [account, viewer.unwrap_or_default()]
    ))
}

/// A page of whom an account follows, keyed by the follow's id, without those that the viewer shuns.
pub async fn following_page(r: &Reader, account: AccountId, viewer: Option<AccountId>, page: &Page) -> Result<Vec<(FollowId, AccountId)>> {
    Ok(paged!(
        r,
        page,
        all,
        concat!(
            "SELECT f.id, f.target_account_id FROM follows f WHERE f.account_id = $4 AND ($5 = $4 OR NOT ",
            shunned_by_viewer!("f.target_account_id", "$5"),
            ")"
        ),
        "f.id",
        [account, viewer.unwrap_or_default()]
    ))
}

/// Whether anybody wants to be told of what an account posts.
pub async fn has_listeners(r: &Reader, target: AccountId) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM follows WHERE target_account_id = $1 AND notify = TRUE)"), args![target]).await?.unwrap_or(false))
}

/// Who is to be told that `status` was posted, in id order after `after`: followers who asked for it, were
/// here since `active_since`, read its language and, if it is direct, are mentioned. At most `limit`.
pub async fn list_listeners(r: &Reader, status: StatusId, active_since: i64, after: AccountId, limit: i64) -> Result<Vec<AccountId>> {
    r.column(
        sql!(concat!(
            "SELECT f.account_id FROM statuses s CROSS JOIN follows f CROSS JOIN users u
              WHERE s.id = $1 AND s.deleted_at IS NULL AND f.target_account_id = s.account_id AND f.notify = TRUE AND f.account_id > $2
                AND u.account_id = f.account_id AND u.last_active_at > $3 AND NOT ",
            shunned_by_viewer!("s.account_id", "f.account_id"),
            "
                AND (f.languages IS NULL OR s.language IS NULL OR f.languages LIKE '%,' || s.language || ',%')
                AND (s.visibility <= 2 OR EXISTS (SELECT 1 FROM mentions m WHERE m.status_id = s.id AND m.account_id = f.account_id AND m.silent = FALSE))
              ORDER BY f.account_id LIMIT $4"
        )),
        args![status, after, active_since, limit],
    )
    .await
}

/// Who of those that `viewer` follows also follows each of `others` (without accounts that hide whom
/// follows them), at most `limit` in all: the account asked about, and the familiar one.
pub async fn list_familiar(r: &Reader, viewer: AccountId, others: &[AccountId], limit: i64) -> Result<Vec<(AccountId, AccountId)>> {
    r.all(
        sql!(
            "SELECT f.target_account_id, f.account_id FROM follows mine CROSS JOIN follows f CROSS JOIN accounts t CROSS JOIN accounts a
              WHERE mine.account_id = $1 AND f.account_id = mine.target_account_id AND f.target_account_id = ANY($2)
                AND t.id = f.target_account_id AND t.suspended_at IS NULL AND (t.hide_collections IS NULL OR t.hide_collections = FALSE)
                AND a.id = f.account_id AND a.suspended_at IS NULL
              ORDER BY f.id DESC LIMIT $3"
        ),
        args![viewer, others, limit],
    )
    .await
}

record! {
    /// A follow as it stands between two accounts.
    pub struct Known {
        pub id: FollowId,
        pub show_reblogs: bool,
        pub notify: bool,
        pub languages: Option<String>,
        /// Of its activity, if one of the two lives elsewhere.
        pub uri: Option<String>,
    }
}

pub async fn find(r: &Reader, account: AccountId, target: AccountId) -> Result<Option<Known>> {
    r.maybe(
        sql!("SELECT id, show_reblogs, notify, languages, uri FROM follows WHERE account_id = $1 AND target_account_id = $2"),
        args![account, target],
    )
    .await
}

/// Who follows whom by this activity, `party` being one of them.
pub async fn find_by_uri(r: &Reader, uri: &str, party: AccountId) -> Result<Option<(AccountId, AccountId)>> {
    r.maybe(
        sql!("SELECT account_id, target_account_id FROM follows WHERE uri = $1 AND (account_id = $2 OR target_account_id = $2) LIMIT 1"),
        args![uri, party],
    )
    .await
}

/// Keeps the address of the follow's activity.
pub async fn set_uri(tx: &Tx, account: AccountId, target: AccountId, uri: &str) -> Result<()> {
    tx.exec(sql!("UPDATE follows SET uri = $1 WHERE account_id = $2 AND target_account_id = $3"), args![uri, account, target]).await.map(drop)
}

/// Whether the account has moved elsewhere and takes no followers any more.
pub async fn has_moved(r: &Reader, account: AccountId) -> Result<bool> {
    Ok(r.value(sql!("SELECT EXISTS (SELECT 1 FROM accounts WHERE id = $1 AND moved_to_account_id IS NOT NULL)"), args![account])
        .await?
        .unwrap_or(false))
}

/// The id of a follow, if it exists.
pub async fn find_id(r: &Reader, account: AccountId, target: AccountId) -> Result<Option<FollowId>> {
    r.value(sql!("SELECT id FROM follows WHERE account_id = $1 AND target_account_id = $2"), args![account, target]).await
}

/// Whom an account follows and who follows it, for its removal.
pub async fn list_of_account(r: &Reader, account: AccountId, limit: i64) -> Result<Vec<(AccountId, AccountId)>> {
    r.all(
        sql!("SELECT account_id, target_account_id FROM follows WHERE account_id = $1 OR target_account_id = $1 ORDER BY id LIMIT $2"),
        args![account, limit],
    )
    .await
}
