//! Timelines: pages of status ids.

use store::page::Page;
pub use store::statuses::{AccountFilter, PublicFilter};
use store::{AccountId, StatusId, TagId, Tx, UserId, accounts, feeds, statuses, tags, users};

use crate::{App, Error, Result, Viewer};

/// Entries a rebuilt feed begins with.
const REBUILD_ENTRIES: i64 = 400;

/// A page of the viewer's home feed. A feed that was dropped while its owner was away is rebuilt.
///
/// Source: docs.joinmastodon.org/methods/timelines/#home
pub async fn home(app: &App, viewer: &Viewer, page: Page) -> Result<Vec<StatusId>> {
    let account = viewer.account_id;
    let ids = app.read(move |r| async move { Ok(feeds::home_page(&r, account, &page).await?) }).await?;
    if !ids.is_empty() || page != Page::first(page.limit) || page.limit == 0 {
        return Ok(ids);
    }
    let user = viewer.user_id;
    app.write(move |tx| async move {
        welcome_back(&tx, user, account).await?;
        Ok(feeds::home_page(&tx, account, &page).await?)
    })
    .await
}

/// Fills the home feed of somebody who was away, and notes that they are here.
pub(crate) async fn welcome_back(tx: &Tx, user: UserId, account: AccountId) -> Result<()> {
    feeds::rebuild(tx, account, REBUILD_ENTRIES).await?;
    Ok(users::touch(tx, &[user]).await?)
}

/// A page of the public timeline. Source: docs.joinmastodon.org/methods/timelines/#public
pub async fn public(app: &App, filter: PublicFilter, page: Page) -> Result<Vec<StatusId>> {
    app.read(move |r| async move { Ok(statuses::public_page(&r, filter, &page).await?) }).await
}

/// A page of what the viewer may see of an account. Suspended accounts show nothing.
///
/// Errors: `NotFound` for an account that does not exist or is not let in yet.
/// Source: docs.joinmastodon.org/methods/accounts/#statuses
pub async fn account(app: &App, viewer: Option<AccountId>, account: AccountId, filter: AccountFilter, page: Page) -> Result<Vec<StatusId>> {
    app.read(move |r| async move {
        let found = accounts::find(&r, account).await?.filter(|a| a.usable).ok_or_else(Error::not_found)?;
        if found.suspended_at.is_some() {
            return Ok(Vec::new());
        }
        Ok(statuses::account_page(&r, account, viewer, filter, &page).await?)
    })
    .await
}

/// What the viewer may see of what an account has pinned, the newest pin first. Errors as [`account`].
pub async fn pinned(app: &App, viewer: Option<AccountId>, account: AccountId, filter: AccountFilter, limit: i64) -> Result<Vec<StatusId>> {
    app.read(move |r| async move {
        let found = accounts::find(&r, account).await?.filter(|a| a.usable).ok_or_else(Error::not_found)?;
        if found.suspended_at.is_some() {
            return Ok(Vec::new());
        }
        Ok(statuses::list_pinned(&r, account, viewer, filter, limit).await?)
    })
    .await
}

/// The hashtag that is called so, however it is written.
pub async fn find_tag(app: &App, name: String) -> Result<Option<TagId>> {
    let name = text::tags::normalize(name.trim_start_matches('#'));
    app.read(move |r| async move { Ok(tags::find(&r, &name).await?) }).await
}
