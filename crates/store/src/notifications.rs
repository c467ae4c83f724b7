//! Notifications.

pub use crate::notification_cause::{Cause, Kind};
use crate::page::{Page, paged};
use crate::{AccountId, NotificationId, Reader, Result, StatusId, Tx, args, record, sql};

record! {
    /// A notification.
    pub struct Notification {
        pub id: NotificationId,
        pub from_account_id: AccountId,
        pub kind: Kind,
        pub status_id: Option<StatusId>,
        pub group_key: Option<String>,
        /// Held back by the policy of who is told.
        pub filtered: bool,
        pub created_at: i64,
    }
}

macro_rules! notification_select {
    () => {
        "SELECT n.id, n.from_account_id, n.kind, n.status_id, n.group_key, n.filtered, n.created_at FROM notifications n"
    };
}

/// A notification to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewNotification {
    /// Who is notified.
    pub account_id: AccountId,
    pub from_account_id: AccountId,
    pub cause: Cause,
}

/// Inserts; `None` if this cause has notified already.
pub async fn insert(tx: &Tx, new: &NewNotification, group_key: Option<&str>) -> Result<Option<NotificationId>> {
    let id = tx.next_id();
    let added = tx
        .exec(
            sql!(
                "INSERT INTO notifications (id, account_id, from_account_id, kind, status_id, activity_id, group_key, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (account_id, from_account_id, kind, activity_id) DO NOTHING"
            ),
            args![id, new.account_id, new.from_account_id, new.cause.kind(), new.cause.status(), new.cause.activity(), group_key, tx.now()],
        )
        .await?;
    Ok((added > 0).then_some(NotificationId(id)))
}

/// Takes back what a cause has notified of (unfavourite, unreblog, unfollow).
pub async fn retract(tx: &Tx, from: AccountId, cause: Cause, account: AccountId) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM notifications WHERE account_id = $1 AND from_account_id = $2 AND kind = $3 AND activity_id = $4"),
        args![account, from, cause.kind(), cause.activity()],
    )
    .await
    .map(drop)
}

/// Which notifications are wanted; empty lists mean all and none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub kinds: Vec<Kind>,
    pub exclude_kinds: Vec<Kind>,
    /// Only what this account did, held back or not.
    pub from: Option<AccountId>,
    /// With those that the policy holds back.
    pub include_filtered: bool,
}

/// Who may be shown: `$4` the account told, `$5` with filtered ones, `$6` whether `$7` names the kinds
/// wanted, `$8` the kinds unwanted.
macro_rules! browsable {
    () => {
        " JOIN accounts a ON a.id = n.from_account_id
           WHERE n.account_id = $4 AND a.suspended_at IS NULL AND ($5 = TRUE OR n.filtered = FALSE)
             AND ($6 = FALSE OR n.kind = ANY($7)) AND n.kind <> ALL($8)"
    };
}
pub(crate) use browsable;
pub(crate) use notification_select;

/// A page of an account's notifications, without those of suspended senders.
pub async fn page(r: &Reader, account: AccountId, filter: &Filter, page: &Page) -> Result<Vec<Notification>> {
    let (some, kinds, others) = (!filter.kinds.is_empty(), &*filter.kinds, &*filter.exclude_kinds);
    Ok(match filter.from {
        None => paged!(r, page, all, concat!(notification_select!(), browsable!()), "n.id", [account, filter.include_filtered, some, kinds, others]),
        Some(from) => paged!(
            r,
            page,
            all,
            concat!(notification_select!(), browsable!(), " AND n.from_account_id = $9"),
            "n.id",
            [account, true, some, kinds, others, from]
        ),
    })
}

/// How many of an account's notifications are newer than `after`, counted up to `limit`.
pub async fn count_after(r: &Reader, account: AccountId, filter: &Filter, after: i64, limit: i64) -> Result<i64> {
    let page = Page { since_id: Some(after), limit, ..Page::default() };
    let (some, kinds, others) = (!filter.kinds.is_empty(), &*filter.kinds, &*filter.exclude_kinds);
    let filtered = filter.include_filtered || filter.from.is_some();
    let count = r
        .value(
            sql!(concat!(
                "SELECT COUNT(*) FROM (SELECT n.id FROM notifications n",
                browsable!(),
                " AND (CAST($9 AS BIGINT) IS NULL OR n.from_account_id = $9) AND n.id < $1 AND n.id > $2 ORDER BY n.id DESC LIMIT $3) AS unread"
            )),
            page.args(args![account, filtered, some, kinds, others, filter.from]),
        )
        .await?;
    Ok(count.unwrap_or(0))
}

/// One of an account's notifications, unless its sender is suspended.
pub async fn find(r: &Reader, account: AccountId, id: NotificationId) -> Result<Option<Notification>> {
    r.maybe(
        sql!(concat!(
            notification_select!(),
            " JOIN accounts a ON a.id = n.from_account_id WHERE n.id = $1 AND n.account_id = $2 AND a.suspended_at IS NULL"
        )),
        args![id, account],
    )
    .await
}

pub async fn delete(tx: &Tx, account: AccountId, id: NotificationId) -> Result<bool> {
    Ok(tx.exec(sql!("DELETE FROM notifications WHERE id = $1 AND account_id = $2"), args![id, account]).await? > 0)
}

/// Deletes those of `ids` that are an account's.
pub async fn delete_all(tx: &Tx, account: AccountId, ids: &[NotificationId]) -> Result<()> {
    tx.exec(sql!("DELETE FROM notifications WHERE id = ANY($1) AND account_id = $2"), args![ids, account]).await.map(drop)
}

/// Deletes all notifications to an account.
pub async fn clear(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM notifications WHERE account_id = $1"), args![account]).await.map(drop)
}

/// Deletes what an account got and what it caused, for its removal.
pub async fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec(sql!("DELETE FROM notifications WHERE account_id = $1 OR from_account_id = $1"), args![account]).await.map(drop)
}
