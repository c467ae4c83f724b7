//! Notifications: reading and dismissing. They are made by `jobs::Notify`.

pub use store::notifications::Filter;
use store::notifications::{self, Notification};
use store::{NotificationId, page::Page};

use crate::{App, Error, Result, Viewer};

/// A page of the viewer's notifications. Source: docs.joinmastodon.org/methods/notifications/#get
pub async fn list(app: &App, viewer: &Viewer, filter: Filter, page: Page) -> Result<Vec<Notification>> {
    let account = viewer.account_id;
    app.read(move |r| async move { Ok(notifications::page(&r, account, &filter, &page).await?) }).await
}

/// One of the viewer's notifications. Errors: `NotFound`.
pub async fn find(app: &App, viewer: &Viewer, id: NotificationId) -> Result<Notification> {
    let account = viewer.account_id;
    app.read(move |r| async move { notifications::find(&r, account, id).await?.ok_or_else(Error::not_found) }).await
}

/// Dismisses one. Errors: `NotFound`.
pub async fn dismiss(app: &App, viewer: &Viewer, id: NotificationId) -> Result<()> {
    let account = viewer.account_id;
    app.write(move |tx| async move { if notifications::delete(&tx, account, id).await? { Ok(()) } else { Err(Error::not_found()) } }).await
}

/// Dismisses all.
pub async fn clear(app: &App, viewer: &Viewer) -> Result<()> {
    let account = viewer.account_id;
    app.write(move |tx| async move { Ok(notifications::clear(&tx, account).await?) }).await
}
