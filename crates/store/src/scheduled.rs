//! Statuses of tomorrow.

use crate::page::{Page, paged};
use crate::{AccountId, Reader, Result, ScheduledStatusId, Tx, args, record, sql};

record! {
    /// A status that waits for its time.
    pub struct Scheduled {
        pub id: ScheduledStatusId,
        pub account_id: AccountId,
        /// Milliseconds UTC.
        pub scheduled_at: i64,
        /// JSON, in the shape that clients see.
        pub params: String,
    }
}

pub async fn insert(tx: &Tx, new: &Scheduled) -> Result<()> {
    tx.exec(
        sql!("INSERT INTO scheduled_statuses (id, account_id, scheduled_at, params) VALUES ($1, $2, $3, $4)"),
        args![new.id, new.account_id, new.scheduled_at, &new.params],
    )
    .await
    .map(drop)
}

pub async fn find(r: &Reader, id: ScheduledStatusId) -> Result<Option<Scheduled>> {
    r.maybe(sql!("SELECT id, account_id, scheduled_at, params FROM scheduled_statuses WHERE id = $1"), args![id]).await
}

/// A page of what an account has scheduled, the newest made first.
pub async fn page(r: &Reader, account: AccountId, page: &Page) -> Result<Vec<Scheduled>> {
    Ok(paged!(
        r,
        page,
        all,
        "SELECT sc.id, sc.account_id, sc.scheduled_at, sc.params FROM scheduled_statuses sc WHERE sc.account_id = $4",
        "sc.id",
        [account]
    ))
}

/// How many an account has scheduled, and how many of them for a time from `from` to before `until`
/// (milliseconds UTC). Ask after [`crate::accounts::lock`], so that nobody schedules beside.
pub async fn count(r: &Reader, account: AccountId, from: i64, until: i64) -> Result<(i64, i64)> {
    r.one(
        sql!(
            "SELECT COUNT(*), COUNT(CASE WHEN scheduled_at >= $2 AND scheduled_at < $3 THEN 1 END)
               FROM scheduled_statuses WHERE account_id = $1"
        ),
        args![account, from, until],
    )
    .await
}

pub async fn set_time(tx: &Tx, id: ScheduledStatusId, scheduled_at: i64) -> Result<()> {
    tx.exec(sql!("UPDATE scheduled_statuses SET scheduled_at = $1 WHERE id = $2"), args![scheduled_at, id]).await.map(drop)
}

/// Takes it away; false if it is gone already: posted, or called off.
pub async fn delete(tx: &Tx, id: ScheduledStatusId) -> Result<bool> {
    Ok(tx.exec(sql!("DELETE FROM scheduled_statuses WHERE id = $1"), args![id]).await? > 0)
}

/// Deletes what an account has scheduled, for its removal.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM scheduled_statuses WHERE account_id = $1"), args![account]).await.map(drop)
}
