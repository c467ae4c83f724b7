//! Who is in a list. Members must be followed, or asked to be; or be oneself.

use std::collections::HashSet;

use store::lists;
use store::page::Page;
use store::{AccountId, ListId, accounts, feeds};

use super::edit::own;
use crate::{App, Error, Result, Viewer};

/// Statuses of a new member that come into the list at once.
const MERGED: i64 = 200;
/// Members shown when all are asked for; nobody may follow more.
pub const ALL_MAX: i64 = 10_000;
/// Accounts added or removed at once.
const AT_ONCE_MAX: usize = 200;

/// A page of a list's members, keyed by their account.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/lists/#accounts
pub async fn page(app: &App, viewer: &Viewer, id: ListId, page: Page) -> Result<Vec<AccountId>> {
    let owner = viewer.account_id;
    app.read(move |r| async move {
        lists::find(&r, owner, id).await?.ok_or_else(Error::not_found)?;
        Ok(lists::members_page(&r, id, &page).await?)
    })
    .await
}

/// Adds accounts, all or none; their newest statuses come into the list.
///
/// Errors: `NotFound` for a list or an account that does not exist; `Invalid` for one that is not
/// followed or is in it already. Source: docs.joinmastodon.org/methods/lists/#accounts-add
pub async fn add(app: &App, viewer: &Viewer, id: ListId, members: Vec<AccountId>) -> Result<()> {
    let viewer = viewer.clone();
    let members = unique(members)?;
    app.write(move |tx| async move {
        own(&tx, &viewer, id).await?;
        let known: HashSet<AccountId> = accounts::list(&tx, &members).await?.into_iter().filter(|a| a.id.0 > 0).map(|a| a.id).collect();
        if members.iter().any(|member| !known.contains(member)) {
            return Err(Error::not_found());
        }
        let followed = lists::list_followed(&tx, viewer.account_id, &members).await?;
        if members.iter().any(|member| *member != viewer.account_id && !followed.contains(member)) {
            return Err(Error::invalid("invalid-list-account-not-followed"));
        }
        if !lists::insert_members(&tx, id, &members).await? {
            return Err(Error::invalid("invalid-list-account-taken"));
        }
        for member in members {
            feeds::merge_into_list(&tx, id, member, MERGED).await?;
        }
        Ok(())
    })
    .await
}

/// Removes accounts; those that are not in the list are passed over.
///
/// Errors: `NotFound` for a list that does not exist. Source: docs.joinmastodon.org/methods/lists/#accounts-remove
pub async fn remove(app: &App, viewer: &Viewer, id: ListId, members: Vec<AccountId>) -> Result<()> {
    let viewer = viewer.clone();
    let members = unique(members)?;
    app.write(move |tx| async move {
        own(&tx, &viewer, id).await?;
        lists::delete_members(&tx, id, &members).await?;
        Ok(feeds::unmerge_from_list(&tx, id, &members).await?)
    })
    .await
}

fn unique(members: Vec<AccountId>) -> Result<Vec<AccountId>> {
    let mut seen = HashSet::new();
    let members: Vec<AccountId> = members.into_iter().filter(|id| seen.insert(*id)).collect();
    if members.len() > AT_ONCE_MAX { Err(Error::refused("error-too-many-ids")) } else { Ok(members) }
}
