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

/// Those of these accounts that anybody may see, in the order of `ids`.
pub async fn list(app: &App, ids: Vec<AccountId>) -> Result<Vec<Account>> {
    let order = ids.clone();
    let rows = app.read(move |r| async move { Ok(accounts::list(&r, &ids).await?) }).await?;
    let mut rows: std::collections::HashMap<AccountId, Account> = rows.into_iter().map(|account| (account.id, account)).collect();
    Ok(order.iter().filter_map(|id| rows.remove(id)).filter(|account| account.usable && account.id.0 > 0).collect())
}

/// The local account of a handle: `user`, or `user@` one of our domains.
pub async fn find_local(app: &App, acct: &str) -> Result<Account> {
    let (username, domain) = acct.trim_start_matches('@').split_once('@').unwrap_or((acct.trim_start_matches('@'), ""));
    if !app.urls().is_local_domain(domain) {
        return Err(Error::not_found());
    }
    let username = username.to_owned();
    app.read(
        move |r| async move { accounts::find_by_handle(&r, &username, "").await?.filter(|a| a.usable && a.id.0 > 0).ok_or_else(Error::not_found) },
    )
    .await
}

/// The account of a handle as far as it is known here: local for `user` and for `user@` one of our domains, else one of
/// another server, which is not asked. Letters may be large or small, and invisible marks around the handle do not count.
///
/// Errors: `NotFound`. Source: docs.joinmastodon.org/methods/accounts/#lookup
pub async fn find_known(app: &App, acct: &str) -> Result<Account> {
    let acct = wire::webfinger::without_invisible_marks(acct);
    let acct = acct.trim_start_matches('@');
    let (username, domain) = acct.split_once('@').unwrap_or((acct, ""));
    let (username, domain) = (username.to_owned(), app.urls().domain_key(Some(domain)));
    app.read(move |r| async move {
        accounts::find_by_handle(&r, &username, &domain).await?.filter(|a| a.usable && a.id.0 > 0).ok_or_else(Error::not_found)
    })
    .await
}

/// The login of a local account.
pub async fn user_of(app: &App, account: AccountId) -> Result<users::User> {
    app.read(move |r| async move { users::find_by_account(&r, account).await?.ok_or_else(Error::not_found) }).await
}

/// A local account with its login, as the CLI shows it.
#[derive(Clone, Debug)]
pub struct LocalAccount {
    pub id: AccountId,
    pub username: String,
    pub email: String,
    pub role: Option<String>,
    pub confirmed: bool,
    pub approved: bool,
    pub disabled: bool,
    pub suspended: bool,
    pub statuses_count: i64,
    pub followers_count: i64,
    pub following_count: i64,
}

impl LocalAccount {
    /// One word for what the account may do.
    pub fn state(&self) -> &'static str {
        match self {
            LocalAccount { suspended: true, .. } => "deleted",
            LocalAccount { disabled: true, .. } => "disabled",
            LocalAccount { confirmed: false, .. } => "unconfirmed",
            LocalAccount { approved: false, .. } => "pending",
            _ => "active",
        }
    }

    fn of(account: &Account, user: Option<&users::User>) -> LocalAccount {
        LocalAccount {
            id: account.id,
            username: account.username.clone(),
            email: user.map(|u| u.email.clone()).unwrap_or_default(),
            role: user.and_then(|u| u.role_name.clone()),
            confirmed: user.is_some_and(|u| u.confirmed_at.is_some()),
            approved: user.is_some_and(|u| u.approved),
            disabled: user.is_some_and(|u| u.disabled),
            suspended: account.suspended_at.is_some(),
            statuses_count: account.statuses_count,
            followers_count: account.followers_count,
            following_count: account.following_count,
        }
    }
}

/// The id of a local account, whatever its state, by `user` or `user@` one of our domains. Errors: `NotFound`.
pub async fn local_id(app: &App, handle: &str) -> Result<AccountId> {
    let handle = handle.trim_start_matches('@');
    let (username, domain) = handle.split_once('@').unwrap_or((handle, ""));
    if !app.urls().is_local_domain(domain) {
        return Err(Error::not_found());
    }
    let username = username.to_owned();
    app.read(move |r| async move { Ok(accounts::find_by_handle(&r, &username, "").await?.filter(|a| a.id.0 > 0).ok_or_else(Error::not_found)?.id) })
        .await
}

/// One local account with its login. Errors: `NotFound`.
pub async fn show_local(app: &App, id: AccountId) -> Result<LocalAccount> {
    app.read(move |r| async move {
        let account = accounts::find(&r, id).await?.ok_or_else(Error::not_found)?;
        let user = users::find_by_account(&r, id).await?;
        Ok(LocalAccount::of(&account, user.as_ref()))
    })
    .await
}

/// Local accounts in the order of their names after `after`.
pub async fn list_local(app: &App, after: String, limit: i64) -> Result<Vec<LocalAccount>> {
    app.read(move |r| async move {
        let rows = accounts::list_local(&r, &after.to_lowercase(), limit).await?;
        let ids: Vec<AccountId> = rows.iter().map(|a| a.id).collect();
        let users = users::list_by_accounts(&r, &ids).await?;
        Ok(rows.iter().map(|a| LocalAccount::of(a, users.iter().find(|u| u.account_id == a.id))).collect())
    })
    .await
}
