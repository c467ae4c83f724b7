//! Lists of accounts, each with a feed of its own.

use crate::page::{Page, paged};
use crate::{AccountId, ListId, Reader, Result, Tx, args, record, sql};

record! {
    pub struct List {
        pub id: ListId,
        pub title: String,
        /// 0 replies to members, 1 to anybody followed, 2 none.
        pub replies_policy: i64,
        /// Its members' statuses stay out of the owner's home.
        pub exclusive: bool,
    }
}

/// A new list; `None` if the owner has `max` already.
pub async fn insert(tx: &Tx, owner: AccountId, title: &str, replies_policy: i64, exclusive: bool, max: i64) -> Result<Option<ListId>> {
    let id = ListId(tx.next_id());
    let added = tx
        .exec(
            sql!(
                "INSERT INTO lists (id, account_id, title, replies_policy, exclusive)
                 SELECT $1, $2, $3, $4, $5 WHERE (SELECT COUNT(*) FROM lists l WHERE l.account_id = $2) < $6"
            ),
            args![id, owner, title, replies_policy, exclusive, max],
        )
        .await?;
    Ok((added > 0).then_some(id))
}

pub async fn update(tx: &Tx, list: &List) -> Result<()> {
    tx.exec(
        sql!("UPDATE lists SET title = $1, replies_policy = $2, exclusive = $3 WHERE id = $4"),
        args![&list.title, list.replies_policy, list.exclusive, list.id],
    )
    .await
    .map(drop)
}

/// The owner's list with this id.
pub async fn find(r: &Reader, owner: AccountId, id: ListId) -> Result<Option<List>> {
    r.maybe(sql!("SELECT id, title, replies_policy, exclusive FROM lists WHERE id = $1 AND account_id = $2"), args![id, owner]).await
}

/// The owner's lists, in the order they were made; there are never many.
pub async fn list(r: &Reader, owner: AccountId) -> Result<Vec<List>> {
    r.all(sql!("SELECT id, title, replies_policy, exclusive FROM lists WHERE account_id = $1 ORDER BY id"), args![owner]).await
}

/// The owner's lists that have `member`.
pub async fn list_with_member(r: &Reader, owner: AccountId, member: AccountId) -> Result<Vec<List>> {
    r.all(
        sql!(
            "SELECT l.id, l.title, l.replies_policy, l.exclusive FROM lists l JOIN list_accounts la ON la.list_id = l.id AND la.account_id = $2
              WHERE l.account_id = $1 ORDER BY l.id"
        ),
        args![owner, member],
    )
    .await
}

/// The owner's first list after `after`, for going through them.
pub async fn find_next(r: &Reader, owner: AccountId, after: ListId) -> Result<Option<ListId>> {
    r.value(sql!("SELECT id FROM lists WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT 1"), args![owner, after]).await
}

/// Takes a list away with its members and feed.
pub async fn delete(tx: &Tx, id: ListId) -> Result<()> {
    tx.exec(sql!("DELETE FROM list_feed WHERE list_id = $1"), args![id]).await?;
    tx.exec(sql!("DELETE FROM list_accounts WHERE list_id = $1"), args![id]).await?;
    tx.exec(sql!("DELETE FROM lists WHERE id = $1"), args![id]).await.map(drop)
}

/// A page of a list's members, keyed by their account; suspended ones are left out.
pub async fn members_page(r: &Reader, list: ListId, page: &Page) -> Result<Vec<AccountId>> {
    Ok(paged!(
        r,
        page,
        column,
        "SELECT la.account_id FROM list_accounts la JOIN accounts a ON a.id = la.account_id WHERE la.list_id = $4 AND a.suspended_at IS NULL",
        "la.account_id",
        [list]
    ))
}

/// Adds members; false if one of them was in it already.
pub async fn insert_members(tx: &Tx, list: ListId, accounts: &[AccountId]) -> Result<bool> {
    for account in accounts {
        let added = tx
            .exec(
                sql!("INSERT INTO list_accounts (id, list_id, account_id) VALUES ($1, $2, $3) ON CONFLICT (list_id, account_id) DO NOTHING"),
                args![tx.next_id(), list, *account],
            )
            .await?;
        if added == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

pub async fn delete_members(tx: &Tx, list: ListId, accounts: &[AccountId]) -> Result<u64> {
    tx.exec(sql!("DELETE FROM list_accounts WHERE list_id = $1 AND account_id = ANY($2)"), args![list, accounts]).await
}

/// Which of `accounts` the owner follows, or has asked to.
pub async fn list_followed(r: &Reader, owner: AccountId, accounts: &[AccountId]) -> Result<Vec<AccountId>> {
    r.column(
        sql!(
            "SELECT target_account_id FROM follows WHERE account_id = $1 AND target_account_id = ANY($2)
             UNION SELECT target_account_id FROM follow_requests WHERE account_id = $1 AND target_account_id = ANY($2)"
        ),
        args![owner, accounts],
    )
    .await
}

/// Takes `member` out of all of the owner's lists, as when the follow or the request for it ends.
/// Their feeds are another matter: see [`crate::feeds::unmerge`].
pub async fn drop_member(tx: &Tx, owner: AccountId, member: AccountId) -> Result<u64> {
    tx.exec(
        sql!("DELETE FROM list_accounts WHERE account_id = $2 AND list_id IN (SELECT l.id FROM lists l WHERE l.account_id = $1)"),
        args![owner, member],
    )
    .await
}

/// Takes away an account's lists, and the account from those of others.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    for list in list(tx, account).await? {
        delete(tx, list.id).await?;
    }
    tx.exec(sql!("DELETE FROM list_accounts WHERE account_id = $1"), args![account]).await.map(drop)
}
