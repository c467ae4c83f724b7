//! Notifications: reading and dismissing. They are made by `queue::Notify`.

pub mod groups;
pub mod page;

use store::notifications::{self, Notification};
pub use store::notifications::{Filter, Kind};
use store::{NotificationId, markers};

use crate::markers::NOTIFICATIONS;
use crate::{App, Error, Result, Viewer};

/// One of the viewer's notifications. Errors: `NotFound`.
pub async fn find(app: &App, viewer: &Viewer, id: NotificationId) -> Result<Notification> {
    let account = viewer.account_id;
    app.read(move |r| async move { notifications::find(&r, account, id).await?.ok_or_else(Error::not_found) }).await
}

/// How many are newer than the viewer's marker, counted up to `limit`.
/// Source: docs.joinmastodon.org/methods/notifications/#unread-count
pub async fn count_unread(app: &App, viewer: &Viewer, filter: Filter, limit: i64) -> Result<i64> {
    let (user, account) = (viewer.user_id, viewer.account_id);
    app.read(move |r| async move {
        let after = markers::last_read(&r, user, NOTIFICATIONS).await?;
        Ok(notifications::count_after(&r, account, &filter, after, limit).await?)
    })
    .await
}

/// Dismisses one. Errors: `NotFound`.
pub async fn dismiss(app: &App, viewer: &Viewer, id: NotificationId) -> Result<()> {
    let account = viewer.account_id;
    app.write(move |tx| async move { if notifications::delete(&tx, account, id).await? { Ok(()) } else { Err(Error::not_found()) } }).await
}

/// Dismisses those of `ids` that are the viewer's.
pub async fn dismiss_all(app: &App, viewer: &Viewer, ids: Vec<NotificationId>) -> Result<()> {
    let account = viewer.account_id;
    app.write(move |tx| async move { Ok(notifications::delete_all(&tx, account, &ids).await?) }).await
}

/// Dismisses everything.
pub async fn clear(app: &App, viewer: &Viewer) -> Result<()> {
    let account = viewer.account_id;
    app.write(move |tx| async move { Ok(notifications::clear(&tx, account).await?) }).await
}
