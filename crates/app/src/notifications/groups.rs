//! Notifications in groups: who favourited or reblogged the same status, or followed, at about the
//! same time. A group's key is made when a notification is, see [`key`].

use std::collections::HashMap;

use store::notification_groups::{self as groups, Total};
use store::notifications::{self, Filter, Kind, Notification};
use store::page::Page;
use store::{AccountId, NotificationId, Reader, markers};

pub use store::notification_groups::GROUPED;

pub use crate::cache::groups::{Group, OnPage, Wanted, alone};

use crate::cache::groups::ALONE;
use crate::markers::NOTIFICATIONS;
use crate::{App, Error, Result, Viewer};

/// Kinds to be grouped: those asked for, else all that can be.
fn grouped(asked: Vec<Kind>) -> Vec<Kind> {
    if asked.is_empty() { GROUPED.to_vec() } else { asked }
}

/// A page of somebody's groups. A group whose notifications lie on both sides of the page's end comes
/// again on the next page with the others.
pub(crate) async fn page(r: &Reader, account: AccountId, wanted: &Wanted, page: &Page) -> Result<Vec<Group>> {
    let grouped = grouped(wanted.kinds.clone());
    let heads = groups::page(r, account, &wanted.filter, &grouped, page).await?;
    let range = range(page, &heads);
    read(r, heads, &grouped, Some(range)).await
}

/// The first and last id that belong to a page with these heads, newest first. A page that is not full
/// is the last one, and reaches to the bound that was asked for.
fn range(page: &Page, heads: &[Notification]) -> (i64, i64) {
    let (lowest, highest) = (heads.last().map_or(0, |n| n.id.0), heads.first().map_or(0, |n| n.id.0));
    let full = heads.len() as i64 >= page.limit;
    match (full, page.ascends()) {
        (true, _) => (lowest, highest),
        (false, true) => (lowest, page.max_id.map_or(i64::MAX, |max| max - 1)),
        (false, false) => (page.since_id.map_or(0, |since| since.saturating_add(1)), highest),
    }
}

async fn read(r: &Reader, heads: Vec<Notification>, grouped: &[Kind], range: Option<(i64, i64)>) -> Result<Vec<Group>> {
    let ids: Vec<NotificationId> = heads.iter().filter(|n| n.group_key.is_some() && grouped.contains(&n.kind)).map(|n| n.id).collect();
    let (lowest, highest) = range.unwrap_or((0, i64::MAX));
    let (totals, samples) = futures_util::try_join!(groups::totals(r, &ids, lowest, highest), groups::samples(r, &ids, highest))?;
    let mut totals: HashMap<NotificationId, Total> = totals.into_iter().map(|total| (total.head, total)).collect();
    let mut senders: HashMap<NotificationId, Vec<AccountId>> = HashMap::new();
    for (head, sender) in samples {
        senders.entry(head).or_default().push(sender);
    }
    let group = |head: Notification| match (head.group_key.clone(), totals.remove(&head.id)) {
        (Some(key), Some(total)) => Group {
            key,
            count: total.count,
            newest: total.newest,
            samples: senders.remove(&head.id).unwrap_or_default(),
            on_page: range.map(|_| OnPage { min: total.page_min.unwrap_or(head.id), newest_at: total.newest_at }),
            head,
        },
        _ => Group {
            key: alone(head.id),
            count: 1,
            newest: head.id,
            samples: vec![head.from_account_id],
            on_page: range.map(|_| OnPage { min: head.id, newest_at: head.created_at }),
            head,
        },
    };
    Ok(heads.into_iter().map(group).collect())
}

/// The notification a key stands for, if it is of one that stands alone.
fn read_alone(key: &str) -> Option<Option<NotificationId>> {
    key.strip_prefix(ALONE).map(|id| id.parse().ok())
}

/// One of the viewer's groups. Errors: `NotFound`.
///
/// Source: docs.joinmastodon.org/methods/grouped_notifications/#get-notification-group
pub async fn find(app: &App, viewer: &Viewer, key: String) -> Result<Group> {
    let account = viewer.account_id;
    app.read(move |r| async move {
        let head = match read_alone(&key) {
            Some(id) => notifications::find(&r, account, id.ok_or_else(Error::not_found)?).await?,
            None => groups::find(&r, account, &key).await?,
        };
        let found = read(&r, vec![head.ok_or_else(Error::not_found)?], &grouped(Vec::new()), None).await?.pop();
        found.ok_or_else(Error::not_found)
    })
    .await
}

/// Dismisses a group; one that is not there is dismissed already.
///
/// Source: docs.joinmastodon.org/methods/grouped_notifications/#dismiss-group
pub async fn dismiss(app: &App, viewer: &Viewer, key: String) -> Result<()> {
    let account = viewer.account_id;
    app.write(move |tx| async move {
        match read_alone(&key) {
            Some(Some(id)) => notifications::delete(&tx, account, id).await.map(drop)?,
            Some(None) => {}
            None => groups::delete(&tx, account, &key).await?,
        }
        Ok(())
    })
    .await
}

/// A page of who is behind a group: the notification's id, which pages it, and the account.
///
/// Source: docs.joinmastodon.org/methods/grouped_notifications/#get-group-accounts
pub async fn senders(app: &App, viewer: &Viewer, key: String, page: Page) -> Result<Vec<(NotificationId, AccountId)>> {
    let account = viewer.account_id;
    app.read(move |r| async move {
        match read_alone(&key) {
            Some(Some(id)) if page.limit > 0 => {
                let one = notifications::find(&r, account, id).await?;
                let within =
                    |n: &Notification| page.max_id.is_none_or(|max| n.id.0 < max) && page.min_id.or(page.since_id).is_none_or(|min| n.id.0 > min);
                Ok(one.filter(within).map(|n| (n.id, n.from_account_id)).into_iter().collect())
            }
            Some(_) => Ok(Vec::new()),
            None => Ok(groups::senders(&r, account, &key, &page).await?),
        }
    })
    .await
}

/// How many groups have something newer than the viewer's marker, counted up to `limit`.
///
/// Source: docs.joinmastodon.org/methods/grouped_notifications/#unread-group-count
pub async fn count_unread(app: &App, viewer: &Viewer, filter: Filter, asked: Vec<Kind>, limit: i64) -> Result<i64> {
    let (user, account, grouped) = (viewer.user_id, viewer.account_id, grouped(asked));
    app.read(move |r| async move {
        let after = markers::last_read(&r, user, NOTIFICATIONS).await?;
        Ok(groups::count_after(&r, account, &filter, &grouped, after, limit).await?)
    })
    .await
}
