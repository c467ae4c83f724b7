//! Pages of notifications, one by one and in groups.

use store::notifications::{self, Filter, Notification};
use store::page::Page;
use store::{AccountId, NotificationId, Reader};
use wire::mastodon as m;

use super::groups;
use crate::cache::cards::{Grouped, KeptPage, PageKey, Single};
use crate::cache::groups::{Group, Wanted};
use crate::present::notification::{About, Accounts, Loaded, from_memory, load};
use crate::present::view;
use crate::{App, Result, Viewer};

/// A page of the viewer's notifications as it is shown, and the ids of all that are on it: what was deleted a moment
/// ago is not shown.
///
/// Source: docs.joinmastodon.org/methods/notifications/#get
pub async fn page(app: &App, viewer: &Viewer, filter: Filter, page: Page) -> Result<(Vec<NotificationId>, Vec<m::Notification>)> {
    show_page(app, viewer, Single { filter, page }, |loaded, rows| {
        let ids = rows.iter().map(|row| row.id).collect();
        (ids, rows.iter().filter_map(|row| loaded.notification(row)).collect())
    })
    .await
}

/// A page of the viewer's groups as it is shown, and the ids of those that stand for them.
///
/// Source: docs.joinmastodon.org/methods/grouped_notifications/#get-grouped
pub async fn group_page(
    app: &App,
    viewer: &Viewer,
    wanted: Wanted,
    detail: Accounts,
    page: Page,
) -> Result<(Vec<NotificationId>, m::GroupedNotificationsResults)> {
    show_page(app, viewer, Grouped { wanted, page }, move |loaded, found| {
        (found.iter().map(|group| group.head.id).collect(), loaded.groups(found, detail))
    })
    .await
}

/// How pages of notifications are read, one by one or in groups.
trait Listed: PageKey + Send + 'static {
    fn about(rows: &[Self::Row]) -> About;

    fn rows(&self, r: &Reader, me: AccountId) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;
}

impl Listed for Single {
    fn about(rows: &[Notification]) -> About {
        About::of(rows)
    }

    async fn rows(&self, r: &Reader, me: AccountId) -> Result<Vec<Notification>> {
        Ok(notifications::page(r, me, &self.filter, &self.page).await?)
    }
}

impl Listed for Grouped {
    fn about(rows: &[Group]) -> About {
        About::of_groups(rows)
    }

    async fn rows(&self, r: &Reader, me: AccountId) -> Result<Vec<Group>> {
        groups::page(r, me, &self.wanted, &self.page).await
    }
}

/// A page from memory, or else read, and kept.
async fn show_page<K, T>(app: &App, viewer: &Viewer, wanted: K, show: impl FnOnce(&Loaded, &[K::Row]) -> T + Send + 'static) -> Result<T>
where
    K: Listed,
    K::Row: Send + Sync,
    T: Send + 'static,
{
    let me = viewer.account_id;
    let view = view::begin(app, Some(me));
    if let Some(kept) = view.look.page(me, &wanted)
        && let Some(loaded) = from_memory(&view, K::about(&kept.rows), &kept.marks)
    {
        return Ok(show(&loaded, &kept.rows));
    }
    app.read(move |r| async move {
        let rows = wanted.rows(&r, me).await?;
        let loaded = load(&r, &view, K::about(&rows)).await?;
        let shown = show(&loaded, &rows);
        view.look.keep_page(me, KeptPage { key: wanted, rows, marks: loaded.statuses.marks().clone() });
        Ok(shown)
    })
    .await
}
