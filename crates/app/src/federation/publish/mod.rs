//! What others read from us: actors, statuses and collections at their addresses. Anybody may read what is public, but
//! for whom its author blocks; the rest is for those it was sent to. Who asks is what signed the request.

pub mod actor;
pub mod collections;
pub mod requester;
pub mod status;
pub mod webfinger;

pub use requester::Requester;

use store::accounts::{self, Account};
use store::{AccountId, documents, tombstones};

use crate::urls::Urls;
use crate::{App, Error, Result};

/// How an address names a local account: either of the two families of addresses that Mastodon has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Username(String),
    Id(AccountId),
}

/// What became of a local account.
#[derive(Clone, Debug)]
pub enum Found {
    Here(Box<Account>),
    /// For now: the actor says so, and nothing else is told.
    Suspended(Box<Account>),
    /// For good.
    Gone,
}

/// The local account at an address. Accounts of others are never found, nor those whose owner is not confirmed and let
/// in yet.
///
/// Errors: `NotFound`.
pub async fn owner(app: &App, named: &Named) -> Result<Found> {
    let (named, uri) = (named.clone(), address(app.urls(), named));
    app.read(move |r| async move {
        let row = match &named {
            Named::Username(username) => accounts::find_by_handle(&r, username, "").await?,
            Named::Id(id) => accounts::find(&r, *id).await?,
        };
        match row.filter(|row| row.is_local() && row.id.0 > 0) {
            Some(row) if row.suspended_at.is_none() && row.usable => Ok(Found::Here(Box::new(row))),
            Some(row) if row.suspended_at.is_some() => {
                let owned = documents::actor_parts(&r, row.id).await?.is_some_and(|parts| parts.owned);
                let deleted = !owned || tombstones::exists(&r, &uri).await? || tombstones::exists(&r, &row.uri).await?;
                Ok(if deleted { Found::Gone } else { Found::Suspended(Box::new(row)) })
            }
            Some(_) => Err(Error::not_found()),
            None if tombstones::exists(&r, &uri).await? => Ok(Found::Gone),
            None => Err(Error::not_found()),
        }
    })
    .await
}

/// The address that a name stands for.
fn address(urls: &Urls, named: &Named) -> String {
    match named {
        Named::Username(username) => urls.name_uri(username),
        Named::Id(id) => urls.account_uri(*id),
    }
}
