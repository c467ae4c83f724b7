//! Following, and unfollowing, by all accounts of this server or by one of them: what the command line does.

use store::audit_log::{self, Origin};
use store::{AccountId, accounts};

use crate::accounts::find::local_id;
use crate::accounts::follow::{Wish, follow_as, unfollow_as};
use crate::federation::budget::Budget;
use crate::federation::fetch::Failure;
use crate::federation::resolve;
use crate::{App, Error, Result, Words};

/// Accounts read at once; each follows in a transaction of its own.
const PAGE: i64 = 100;
/// Names of those that could not, in the answer.
const NAMED: usize = 100;

/// What becomes of the follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Follow,
    Unfollow,
}

/// How it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Accounts that now follow, or have asked to, or do so no longer.
    pub done: u64,
    pub refused: u64,
    /// Some of those that could not, for a block or their limit of follows.
    pub refused_names: Vec<String>,
}

/// The account with this handle, here or elsewhere; one that is not known yet is looked for on its server.
///
/// Errors: `NotFound`; `Malformed` for what is no handle; `Temporary` if its server does not answer.
pub async fn target(app: &App, handle: &str) -> Result<AccountId> {
    let (username, domain) = handle.trim_start_matches('@').split_once('@').unwrap_or((handle, ""));
    if app.urls().is_local_domain(domain) {
        return local_id(app, username).await.map_err(|error| nobody(error, handle));
    }
    resolve::account_by_handle(app, username, domain, &Budget::default()).await.map_err(|failure| match failure {
        Failure::Gone | Failure::Missing(_) => nobody(Error::not_found(), handle),
        Failure::Refused(why) => Error::malformed(format!("{handle}: {why}")),
        Failure::Unreachable(why) => Error::Temporary(format!("{handle}: {why}")),
        Failure::Unwell(_) => Error::Temporary(format!("{handle}: {failure}")),
        Failure::Budget | Failure::Internal(_) => Error::internal(failure),
    })
}

fn nobody(error: Error, handle: &str) -> Error {
    match error {
        Error::NotFound(_) => Error::NotFound(Words::new("error-no-account").with("name", handle)),
        error => error,
    }
}

/// Has `by` follow `target`, or every account here that somebody can sign in to, `target` itself left out. Who cannot is
/// counted, and the others go on. Doing it twice is the same as once.
///
/// Errors: of the database only. Source: docs.joinmastodon.org/admin/tootctl/#accounts-follow
pub async fn everybody(app: &App, origin: Origin, act: Act, target: AccountId, by: Option<AccountId>) -> Result<Tally> {
    let action = if act == Act::Follow { "account.follow" } else { "account.unfollow" };
    app.write(move |tx| async move {
        let of = accounts::find(&tx, target).await?.ok_or_else(Error::not_found)?;
        let detail = by.map_or_else(|| "{\"by\":\"everybody\"}".to_owned(), |by| format!("{{\"by\":\"{by}\"}}"));
        let name = if of.is_local() { of.username } else { format!("{}@{}", of.username, of.domain) };
        Ok(audit_log::record(&tx, origin, action, &name, &detail).await?)
    })
    .await?;
    let (mut tally, mut after) = (Tally::default(), String::new());
    loop {
        let from = after.clone();
        let page = app
            .read(move |r| async move {
                match by {
                    Some(by) => Ok(accounts::find(&r, by).await?.into_iter().collect()),
                    None => Ok(accounts::list_local(&r, &from, PAGE).await?),
                }
            })
            .await?;
        for account in page.iter().filter(|account| account.id != target && account.usable && account.suspended_at.is_none()) {
            let done = match act {
                Act::Follow => follow_as(app, account.id, account.silenced_at.is_some(), target, Wish::default()).await,
                Act::Unfollow => unfollow_as(app, account.id, target).await,
            };
            match done {
                Ok(()) => tally.done += 1,
                Err(Error::Forbidden(_) | Error::Invalid(_) | Error::NotFound(_)) => {
                    tally.refused += 1;
                    if tally.refused_names.len() < NAMED {
                        tally.refused_names.push(account.username.clone());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        tracing::info!(done = tally.done, refused = tally.refused, "{action}");
        match page.last() {
            Some(last) if by.is_none() && page.len() as i64 == PAGE => after = last.username.to_lowercase(),
            _ => return Ok(tally),
        }
    }
}
