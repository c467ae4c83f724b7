//! Addresses and handles that somebody searches for: our own in all the forms they have had, and those of others.

use std::borrow::Cow;
use std::time::Duration;

use store::{AccountId, Reader, accounts};

use wire::webfinger::{Handle, without_invisible_marks};

use super::kind::Kind;
use crate::federation::budget::Budget;
use crate::federation::fetch::Failure;
use crate::federation::{lookup, resolve};
use crate::present::search::Found;
use crate::rates::{By, Limit, MINUTE_MS, When};
use crate::urls::place::{ADDRESS_MAX, Place, place};
use crate::{App, Error, Result, Viewer, policy};

/// How long other servers may take in all.
const DEADLINE: Duration = Duration::from_secs(10);
/// Documents that one search may have fetched.
const FETCHES_MAX: usize = 20;

/// Searches of one account that may ask other servers: one every two seconds, for who types.
pub static RESOLVING: Limit = Limit::new("searches elsewhere", 150, 5 * MINUTE_MS, By::Account).when(When::Verb);

/// Whether a query is an address rather than words.
pub(super) fn is_address(query: &str) -> bool {
    let begins = |scheme: &str| query.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("https://") || begins("http://")
}

/// What is searched for: of a handle or an address without the invisible marks, which belong to words otherwise.
pub(super) fn without_marks(query: &str) -> Cow<'_, str> {
    let bare = without_invisible_marks(query);
    if is_address(&bare) || bare.contains('@') { bare } else { query.trim().into() }
}

/// The account or status that an address is of, if it is of the kind wanted and may be seen. Another server has
/// [`DEADLINE`] to answer; if it does not, nothing is found.
///
/// Errors: `Limited` for who has others asked too often.
pub(super) async fn resolve(app: &App, viewer: &Viewer, address: &str, kind: Kind) -> Result<Found> {
    let mut found = Found::default();
    let place = match place(&app.urls().web_domain, &app.urls().account_domain, address) {
        Some(place) => place,
        None => {
            count(app, viewer.account_id)?;
            match elsewhere(app, address).await {
                Some(place) => place,
                None => return Ok(found),
            }
        }
    };
    let place = match place {
        Place::Handle(handle) if app.urls().is_local_domain(&handle.domain) => Place::Name(handle.username),
        Place::Handle(handle) => match known(app, viewer.account_id, &handle).await? {
            Some(id) => Place::Account(id),
            None => return Ok(found),
        },
        place => place,
    };
    let viewer = viewer.account_id;
    match place {
        Place::Status(id) if kind.wants(Kind::Statuses) => {
            let seen = app.read(move |r| async move { Ok(policy::visible_status(&r, Some(viewer), id).await?.id) }).await;
            found.statuses.extend(present(seen)?);
        }
        Place::Name(_) | Place::Account(_) if kind.wants(Kind::Accounts) => {
            found.accounts.extend(present(app.read(move |r| async move { account(&r, place).await }).await)?);
        }
        _ => {}
    }
    Ok(found)
}

fn count(app: &App, account: AccountId) -> Result<()> {
    app.rates.take(&RESOLVING, &account.to_string(), app.now_ms())
}

/// What another server says is at the address.
async fn elsewhere(app: &App, address: &str) -> Option<Place> {
    if address.len() > ADDRESS_MAX {
        return None;
    }
    let budget = Budget::new(FETCHES_MAX);
    let found = tokio::time::timeout(DEADLINE, lookup::address(app, address, &budget)).await;
    match found.ok()? {
        Ok(resolve::Found::Account(id)) => Some(Place::Account(id)),
        Ok(resolve::Found::Status(id)) => Some(Place::Status(id)),
        Err(failure) => {
            tracing::debug!(%failure, "an address that was searched for leads nowhere");
            None
        }
    }
}

/// The account of a handle of another server, if the query is one: known, or found there. A server that does not answer
/// within [`DEADLINE`] has nobody.
///
/// Errors: `Limited` for who has others asked too often.
pub(super) async fn handle(app: &App, viewer: AccountId, query: &str) -> Result<Option<AccountId>> {
    match Handle::read(query).filter(|handle| !app.urls().is_local_domain(&handle.domain)) {
        Some(handle) => known(app, viewer, &handle).await,
        None => Ok(None),
    }
}

async fn known(app: &App, viewer: AccountId, handle: &Handle) -> Result<Option<AccountId>> {
    count(app, viewer)?;
    let budget = Budget::new(FETCHES_MAX);
    let found = tokio::time::timeout(DEADLINE, resolve::account_by_handle(app, &handle.username, &handle.domain, &budget)).await;
    match found {
        Ok(Ok(id)) => Ok(Some(id)),
        Ok(Err(Failure::Internal(error))) => Err(Error::internal(error)),
        Ok(Err(failure)) => {
            tracing::debug!(%failure, "a handle that was searched for is nobody's");
            Ok(None)
        }
        Err(_) => Ok(None),
    }
}

async fn account(r: &Reader, place: Place) -> Result<AccountId> {
    let found = match place {
        Place::Account(id) => accounts::find(r, id).await?,
        Place::Name(name) => accounts::find_by_handle(r, &name, "").await?,
        Place::Handle(_) | Place::Status(_) => None,
    };
    let usable = found.filter(|a| a.usable && a.id.0 > 0 && a.suspended_at.is_none());
    Ok(usable.ok_or_else(Error::not_found)?.id)
}

fn present<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
