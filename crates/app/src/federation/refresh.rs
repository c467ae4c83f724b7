//! Asking other servers anew for their accounts because somebody wants it.

use store::audit_log::{self, Origin};
use store::{AccountId, remote_accounts};
use wire::webfinger::{Handle, domain_name};

use super::actor;
use super::budget::Budget;
use super::fetch::{self, As, Failure};
use super::resolve::account_by_handle;
use crate::queue::{self, RefreshAccounts};
use crate::{App, Error, Result};

/// Documents that one account may have fetched: itself, its handle, its keys.
const FETCHES_MAX: usize = 16;

/// Asks for one account now, or for one that nobody here has met. Gives what went wrong, if something did.
///
/// Errors: `NotFound` for what is no handle of another server.
pub async fn one(app: &App, origin: Origin, handle: &str) -> Result<Option<String>> {
    let handle = Handle::read(handle).filter(|handle| !app.urls().is_local_domain(&handle.domain)).ok_or_else(Error::not_found)?;
    let wanted = handle.clone();
    let found = app
        .write(move |tx| async move {
            audit_log::record(&tx, origin, "account.refresh", &format!("{}@{}", wanted.username, wanted.domain), "{}").await?;
            Ok(remote_accounts::find_by_handle(&tx, &wanted.username, &wanted.domain).await?)
        })
        .await?;
    let Some(account) = found else {
        let found = account_by_handle(app, &handle.username, &handle.domain, &Budget::default()).await;
        return Ok(found.err().map(|failure| failure.to_string()));
    };
    Ok(known(app, account.id).await?.err().map(|failure| failure.to_string()))
}

/// Asks for an account that is known; one that its server says is gone is removed. Whatever the answer, the next activity
/// does not have it asked for again.
pub(crate) async fn known(app: &App, account: AccountId) -> Result<std::result::Result<(), Failure>> {
    let known = app.read(move |r| async move { Ok(remote_accounts::find(&r, account).await?) }).await?;
    let Some(known) = known.filter(|known| !known.domain.is_empty()) else { return Ok(Err(Failure::refused("there is no such account"))) };
    let budget = Budget::new(FETCHES_MAX);
    let taken = match fetch::document(app, &known.uri, As::Instance).await {
        Ok(document) => actor::keep(app, &document, &budget).await,
        Err(failure) => Err(failure),
    };
    let Err(failure) = taken else { return Ok(Ok(())) };
    if failure == Failure::Gone {
        actor::remove(app, account).await?;
        return Ok(Ok(()));
    }
    app.write(move |tx| async move { Ok(remote_accounts::touch(&tx, account).await?) }).await?;
    Ok(Err(failure))
}

/// Has all accounts of a server asked for by jobs, or (`None`) all of every server.
///
/// Errors: `Invalid` for what is no domain.
pub async fn many(app: &App, origin: Origin, domain: Option<&str>) -> Result<()> {
    let domain = match domain {
        Some(domain) => Some(domain_name(domain).ok_or_else(|| Error::invalid("invalid-domain"))?),
        None => None,
    };
    app.write(move |tx| async move {
        audit_log::record(&tx, origin, "account.refresh", domain.as_deref().unwrap_or("*"), "{}").await?;
        queue::enqueue(&tx, &RefreshAccounts { domain, after: AccountId(0) }).await
    })
    .await
}
