//! Asking other servers anew for their accounts because somebody wants it.

use store::audit_log::{self, Origin};
use store::{AccountId, remote_accounts};
use wire::webfinger::{Handle, domain_name};

use super::budget::Budget;
use super::resolve::account_by_handle;
use crate::jobs::Job;
use crate::queue::{self, Outcome, RefreshAccount, RefreshAccounts};
use crate::{App, Error, Result};

/// Asks for one account now, or for one that nobody here has met. Gives what went wrong, if something did.
///
/// Errors: `NotFound` for what is no handle of another server.
pub async fn one(app: &App, origin: Origin, handle: &str) -> Result<Option<String>> {
    let handle = Handle::read(handle).filter(|handle| !app.urls().is_local_domain(&handle.domain)).ok_or_else(Error::not_found)?;
    let wanted = handle.clone();
    let known = app
        .write(move |tx| async move {
            audit_log::record(&tx, origin, "account.refresh", &format!("{}@{}", wanted.username, wanted.domain), "{}").await?;
            Ok(remote_accounts::find_by_handle(&tx, &wanted.username, &wanted.domain).await?)
        })
        .await?;
    let Some(known) = known else {
        let found = account_by_handle(app, &handle.username, &handle.domain, &Budget::default()).await;
        return Ok(found.err().map(|failure| failure.to_string()));
    };
    Ok(match (RefreshAccount { account: known.id }).run(app).await? {
        Outcome::Done => None,
        Outcome::Retry(why) | Outcome::RetryAfter(_, why) | Outcome::Postpone(_, why) | Outcome::Discard(why) => Some(why),
    })
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
