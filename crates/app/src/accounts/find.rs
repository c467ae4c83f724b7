//! Finding an account.

use store::accounts::{self, Account};
use store::{AccountId, users};

use crate::{App, Error, Result};

/// The account, unless it is a local one that is not confirmed or let in yet.
///
/// Errors: `NotFound`. Suspended accounts are found; `present` blanks them.
pub async fn find(app: &App, id: AccountId) -> Result<Account> {
    app.read(move |r| async move { accounts::find(&r, id).await?.filter(|a| a.usable && a.id.0 > 0).ok_or_else(Error::not_found) }).await
}

/// The local account of a handle: `user`, or `user@` one of our domains.
pub async fn find_local(app: &App, acct: &str) -> Result<Account> {
    let (username, domain) = acct.trim_start_matches('@').split_once('@').unwrap_or((acct.trim_start_matches('@'), ""));
    if !app.urls().is_local_domain(domain) {
        return Err(Error::not_found());
    }
    let username = username.to_owned();
    app.read(move |r| async move { accounts::find_by_handle(&r, &username, "").await?.filter(|a| a.usable && a.id.0 > 0).ok_or_else(Error::not_found) }).await
}

/// The login of a local account.
pub async fn user_of(app: &App, account: AccountId) -> Result<users::User> {
    app.read(move |r| async move { users::find_by_account(&r, account).await?.ok_or_else(Error::not_found) }).await
}

/// Longer queries match nothing.
const QUERY_MAX: usize = 200;

/// Local accounts whose username begins with `query` (a leading `@` and our own domain are ignored).
pub async fn search(app: &App, query: &str, limit: i64) -> Result<Vec<Account>> {
    let (username, domain) = query.trim().trim_start_matches('@').split_once('@').unwrap_or((query.trim().trim_start_matches('@'), ""));
    if username.is_empty() || username.len() > QUERY_MAX || !app.urls().is_local_domain(domain) {
        return Ok(Vec::new());
    }
    let username = username.to_owned();
    app.read(move |r| async move { Ok(accounts::search_local(&r, &username, limit).await?) }).await
}
