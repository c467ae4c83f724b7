//! Hashtags: what is known of one, and following it.

use store::page::Page;
use store::tags;
use store::{AccountId, TagId};

pub use crate::present::tag::Named;
use crate::{App, Error, Result, Viewer};

/// The hashtag called `name`, in any spelling.
///
/// Errors: `NotFound` for what cannot be a hashtag. Source: docs.joinmastodon.org/methods/tags/#get
pub async fn find(app: &App, name: &str) -> Result<Named> {
    let (name, display_name) = read(name)?;
    let wanted = vec![name.clone()];
    let found = app.read(move |r| async move { Ok(tags::list_by_names(&r, &wanted).await?) }).await?;
    Ok(match found.into_iter().next() {
        Some(tag) => Named { id: Some(tag.id), name: tag.name, display_name: tag.display_name },
        None => Named { id: None, name, display_name },
    })
}

/// Normalised and as it is shown.
fn read(name: &str) -> Result<(String, String)> {
    if !text::tags::is_valid(name) {
        return Err(Error::not_found());
    }
    Ok((text::tags::normalize(name), text::tags::display(name)))
}

/// Follows a hashtag: public statuses with it come into the home feed from now on.
///
/// Errors: `NotFound` for what cannot be a hashtag. Source: docs.joinmastodon.org/methods/tags/#follow
pub async fn follow(app: &App, viewer: &Viewer, name: &str) -> Result<()> {
    let ((name, display_name), account) = (read(name)?, viewer.account_id);
    app.write(move |tx| async move {
        let tag = tags::ensure(&tx, &name, &display_name).await?;
        Ok(tags::follow(&tx, account, tag).await?)
    })
    .await
}

/// Follows a hashtag no more; what it brought leaves the home feed.
///
/// Errors: `NotFound` for what cannot be a hashtag. Source: docs.joinmastodon.org/methods/tags/#unfollow
pub async fn unfollow(app: &App, viewer: &Viewer, name: &str) -> Result<()> {
    let ((name, _), account) = (read(name)?, viewer.account_id);
    app.write(move |tx| async move {
        if let Some(tag) = tags::find(&tx, &name).await?
            && tags::unfollow(&tx, account, tag).await?
        {
            store::feeds::withdraw::unmerge_tag(&tx, account, tag).await?;
        }
        Ok(())
    })
    .await
}

/// A page of the hashtags the viewer follows, keyed by the following.
///
/// Source: docs.joinmastodon.org/methods/followed_tags/#get
pub async fn followed(app: &App, viewer: &Viewer, page: Page) -> Result<Vec<(i64, TagId)>> {
    let account: AccountId = viewer.account_id;
    app.read(move |r| async move { Ok(tags::followed_page(&r, account, &page).await?) }).await
}
