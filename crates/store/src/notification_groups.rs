//! Notifications in groups: those of one kind, about one thing, of about the same time, share a key.

use crate::notifications::{Filter, Kind, Notification, browsable, notification_select};
use crate::page::Page;
use crate::{AccountId, NotificationId, Reader, Result, Tx, args, record, sql};

/// Kinds that come in groups. Source: docs.joinmastodon.org/methods/grouped_notifications/#get-grouped
pub const GROUPED: &[Kind] = &[Kind::Favourite, Kind::Reblog, Kind::Follow, Kind::AdminSignUp];

pub fn is_grouped(kind: Kind) -> bool {
    GROUPED.contains(&kind)
}

/// Which kinds come in groups on a page; the others stand alone even if they have a key.
pub type GroupedKinds = [Kind];

/// A notification is the head of its group if none of the group that may be shown lies between it and
/// the beginning of the page. `$between` says where that is. `$9`: the kinds that are grouped.
macro_rules! heads {
    ($between:literal) => {
        concat!(
            browsable!(),
            " AND n.id < $1 AND n.id > $2
             AND (n.group_key IS NULL OR n.kind <> ALL($9) OR NOT EXISTS (
               SELECT 1 FROM notifications g JOIN accounts ga ON ga.id = g.from_account_id
                WHERE g.account_id = n.account_id AND g.group_key = n.group_key AND ",
            $between,
            " AND ga.suspended_at IS NULL AND ($5 = TRUE OR g.filtered = FALSE)))"
        )
    };
}

/// A page of groups, each by one notification: the newest in the page's range (`min_id`: the oldest).
/// Newest first. The cost grows with the notifications between the page's ends.
pub async fn page(r: &Reader, account: AccountId, filter: &Filter, grouped: &GroupedKinds, page: &Page) -> Result<Vec<Notification>> {
    let args = page.args(args![account, filter.include_filtered, !filter.kinds.is_empty(), &*filter.kinds, &*filter.exclude_kinds, grouped]);
    if page.ascends() {
        let sql = sql!(concat!(notification_select!(), heads!("g.id < n.id AND g.id > $2"), " ORDER BY n.id ASC LIMIT $3"));
        let mut rows: Vec<Notification> = r.all(sql, args).await?;
        rows.reverse();
        Ok(rows)
    } else {
        let sql = sql!(concat!(notification_select!(), heads!("g.id > n.id AND g.id < $1"), " ORDER BY n.id DESC LIMIT $3"));
        r.all(sql, args).await
    }
}

/// Notifications that are looked at to count groups.
const COUNTED_AMONG: i64 = 4_000;

/// How many groups have something newer than `after`, counted up to `limit`, among the newest
/// [`COUNTED_AMONG`] notifications.
pub async fn count_after(r: &Reader, account: AccountId, filter: &Filter, grouped: &GroupedKinds, after: i64, limit: i64) -> Result<i64> {
    let oldest: Option<i64> =
        r.value(sql!("SELECT id FROM notifications WHERE account_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2"), args![account, COUNTED_AMONG]).await?;
    let page = Page { since_id: Some(oldest.unwrap_or_default().max(after)), limit, ..Page::default() };
    let args = page.args(args![account, filter.include_filtered, !filter.kinds.is_empty(), &*filter.kinds, &*filter.exclude_kinds, grouped]);
    let count = r
        .value(
            sql!(concat!(
                "SELECT COUNT(*) FROM (SELECT n.id FROM notifications n",
                heads!("g.id > n.id AND g.id < $1"),
                " ORDER BY n.id DESC LIMIT $3) AS unread"
            )),
            args,
        )
        .await?;
    Ok(count.unwrap_or(0))
}

record! {
    /// What a group amounts to up to the end of a page, and the part of it that lies in the page.
    pub struct Total {
        /// The notification by which it was asked for.
        pub head: NotificationId,
        pub count: i64,
        pub newest: NotificationId,
        pub page_min: Option<NotificationId>,
        /// When the newest was made, milliseconds UTC.
        pub newest_at: i64,
    }
}

/// The groups of these notifications; the page is from `lowest` to `highest`, both included. All members up to there
/// count, from all senders: what is newer is on another page, whose count includes these.
pub async fn totals(r: &Reader, heads: &[NotificationId], lowest: i64, highest: i64) -> Result<Vec<Total>> {
    r.all(
        sql!(
            "SELECT h.id,
                    (SELECT COUNT(*) FROM notifications g WHERE g.account_id = h.account_id AND g.group_key = h.group_key AND g.id <= $3),
                    COALESCE((SELECT MAX(g.id) FROM notifications g WHERE g.account_id = h.account_id AND g.group_key = h.group_key AND g.id <= $3), h.id),
                    (SELECT MIN(g.id) FROM notifications g WHERE g.account_id = h.account_id AND g.group_key = h.group_key AND g.id >= $2),
                    COALESCE((SELECT g.created_at FROM notifications g
                               WHERE g.account_id = h.account_id AND g.group_key = h.group_key AND g.id <= $3 ORDER BY g.id DESC LIMIT 1), h.created_at)
               FROM notifications h WHERE h.id = ANY($1) AND h.group_key IS NOT NULL"
        ),
        args![heads, lowest, highest],
    )
    .await
}

/// Accounts shown of a group, the newest.
const SAMPLES: i64 = 8;

/// Who sent the newest up to `highest` of the groups of these notifications, newest first: head and sender. (`+ 0` keeps
/// SQLite from reading a range of all notifications.)
pub async fn samples(r: &Reader, heads: &[NotificationId], highest: i64) -> Result<Vec<(NotificationId, AccountId)>> {
    r.all(
        sql!(
            "SELECT h.id, s.from_account_id FROM notifications h
               JOIN notifications s ON s.account_id = h.account_id AND s.group_key = h.group_key
              WHERE h.id = ANY($1) AND s.id + 0 <= $3 AND s.id >= COALESCE((
                    SELECT g.id FROM notifications g WHERE g.account_id = h.account_id AND g.group_key = h.group_key AND g.id <= $3
                     ORDER BY g.id DESC LIMIT 1 OFFSET $2), 0)
              ORDER BY s.id DESC"
        ),
        args![heads, SAMPLES - 1, highest],
    )
    .await
}

/// The newest notification of a group, unless only suspended accounts sent any.
pub async fn find(r: &Reader, account: AccountId, group_key: &str) -> Result<Option<Notification>> {
    r.maybe(
        sql!(concat!(
            notification_select!(),
            " JOIN accounts a ON a.id = n.from_account_id
               WHERE n.account_id = $1 AND n.group_key = $2 AND a.suspended_at IS NULL ORDER BY n.id DESC LIMIT 1"
        )),
        args![account, group_key],
    )
    .await
}

/// A page of a group's senders, keyed by the notification's id.
pub async fn senders(r: &Reader, account: AccountId, group_key: &str, page: &Page) -> Result<Vec<(NotificationId, AccountId)>> {
    Ok(crate::page::paged!(
        r,
        page,
        all,
        "SELECT n.id, n.from_account_id FROM notifications n JOIN accounts a ON a.id = n.from_account_id
          WHERE n.account_id = $4 AND n.group_key = $5 AND a.suspended_at IS NULL",
        "n.id",
        [account, group_key]
    ))
}

/// Deletes a group.
pub async fn delete(tx: &Tx, account: AccountId, group_key: &str) -> Result<()> {
    tx.exec(sql!("DELETE FROM notifications WHERE account_id = $1 AND group_key = $2"), args![account, group_key]).await.map(drop)
}

/// The greatest key an account's notifications have from `first` to `last`, both included.
pub async fn greatest_key(r: &Reader, account: AccountId, first: &str, last: &str) -> Result<Option<String>> {
    r.value(
        sql!("SELECT group_key FROM notifications WHERE account_id = $1 AND group_key >= $2 AND group_key <= $3 ORDER BY group_key DESC LIMIT 1"),
        args![account, first, last],
    )
    .await
}
