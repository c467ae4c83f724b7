//! Favourites.

use crate::hidden::shunned_by_viewer;
use crate::page::{Page, paged};
use crate::{AccountId, Reader, Result, StatusId, Tx, args, sql};

/// Marks; false if it was marked already. Returns the favourite's id when new.
pub async fn insert(tx: &Tx, account: AccountId, status: StatusId) -> Result<Option<i64>> {
    let id = tx.next_id();
    let added = tx
        .exec(
            sql!(
                "INSERT INTO favourites (id, account_id, status_id, created_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (account_id, status_id) DO NOTHING"
            ),
            args![id, account, status, tx.now()],
        )
        .await?;
    Ok((added > 0).then_some(id))
}

/// Keeps where a mark came from: the address of its activity, and the emoji it was made with, if any.
pub async fn set_origin(tx: &Tx, id: i64, uri: &str, reaction: Option<&str>) -> Result<()> {
    tx.exec(sql!("UPDATE favourites SET uri = $2, reaction = $3 WHERE id = $1"), args![id, uri, reaction.map(str::to_owned)]).await.map(drop)
}

/// Which status the account marked by this activity.
pub async fn find_by_uri(r: &Reader, uri: &str, account: AccountId) -> Result<Option<StatusId>> {
    r.value(sql!("SELECT status_id FROM favourites WHERE uri = $1 AND account_id = $2 LIMIT 1"), args![uri, account]).await
}

/// The emoji that the account marked the status with; `None` if it did not mark it, `Some(None)` for a plain mark.
pub async fn find_reaction(r: &Reader, account: AccountId, status: StatusId) -> Result<Option<Option<String>>> {
    let found: Option<(i64, Option<String>)> =
        r.maybe(sql!("SELECT id, reaction FROM favourites WHERE account_id = $1 AND status_id = $2"), args![account, status]).await?;
    Ok(found.map(|(_, reaction)| reaction))
}

/// Unmarks; returns the id of what was removed.
pub async fn delete(tx: &Tx, account: AccountId, status: StatusId) -> Result<Option<i64>> {
    tx.value(sql!("DELETE FROM favourites WHERE account_id = $1 AND status_id = $2 RETURNING id"), args![account, status]).await
}

/// The statuses an account has marked, for its removal.
pub async fn list_of_account(r: &Reader, account: AccountId, limit: i64) -> Result<Vec<StatusId>> {
    r.column(sql!("SELECT status_id FROM favourites WHERE account_id = $1 ORDER BY status_id LIMIT $2"), args![account, limit]).await
}

/// A page of an account's favourites that still exist, keyed by the mark.
pub async fn page(r: &Reader, account: AccountId, page: &Page) -> Result<Vec<(i64, StatusId)>> {
    Ok(paged!(
        r,
        page,
        all,
        "SELECT f.id, f.status_id FROM favourites f JOIN statuses s ON s.id = f.status_id WHERE f.account_id = $4 AND s.deleted_at IS NULL",
        "f.id",
        [account]
    ))
}

/// A page of who marked a status, keyed by the mark; suspended accounts and those that the viewer shuns
/// are left out.
pub async fn page_of_status(r: &Reader, status: StatusId, viewer: Option<AccountId>, page: &Page) -> Result<Vec<(i64, AccountId)>> {
    Ok(paged!(
        r,
        page,
        all,
        concat!(
            "SELECT f.id, f.account_id FROM favourites f JOIN accounts a ON a.id = f.account_id
              WHERE f.status_id = $4 AND a.suspended_at IS NULL AND NOT ",
            shunned_by_viewer!("f.account_id", "$5")
        ),
        "f.id",
        [status, viewer.unwrap_or_default()]
    ))
}
