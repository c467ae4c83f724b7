//! Lists: accounts that one follows, read apart from the rest.

pub mod edit;
pub mod members;

use store::lists;
pub use store::lists::List;
use store::{AccountId, ListId, accounts};

use crate::{App, Error, Result, Viewer};

/// The viewer's lists.
///
/// Source: docs.joinmastodon.org/methods/lists/#get
pub async fn all(app: &App, viewer: &Viewer) -> Result<Vec<List>> {
    let owner = viewer.account_id;
    app.read(move |r| async move { Ok(lists::list(&r, owner).await?) }).await
}

/// One of the viewer's lists.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/lists/#get-one
pub async fn show(app: &App, viewer: &Viewer, id: ListId) -> Result<List> {
    let owner = viewer.account_id;
    app.read(move |r| async move { lists::find(&r, owner, id).await?.ok_or_else(Error::not_found) }).await
}

/// The viewer's lists that have an account.
///
/// Errors: `NotFound` for an account that does not exist. Source: docs.joinmastodon.org/methods/accounts/#lists
pub async fn with_member(app: &App, viewer: &Viewer, member: AccountId) -> Result<Vec<List>> {
    let owner = viewer.account_id;
    app.read(move |r| async move {
        accounts::find(&r, member).await?.filter(|a| a.usable && a.id.0 > 0).ok_or_else(Error::not_found)?;
        Ok(lists::list_with_member(&r, owner, member).await?)
    })
    .await
}
