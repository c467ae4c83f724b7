//! Statuses of other servers: from document to rows.
//!
//! A document is [planned](plan): its author known, its text made safe, those it names found, by the network if need
//! be. Then it is [written](write) in one transaction, by the same functions as a status of this server, or [an
//! edit](revise) of what is known.

mod find;
mod outcome;
mod plan;
mod revise;
mod write;

use serde_json::Value;
use store::accounts::Account;
use store::{AccountId, StatusId, accounts, remote_statuses, statuses, tombstones, withdrawn};
use wire::activity::document;
use wire::activity::note::{self, Note};

use super::budget::Budget;
use super::fetch::{self, As, Failure};
use super::resolve;
use super::same_origin;
use crate::urls::domain_of;
use crate::{App, Error, Result};

pub(crate) use find::find;
pub(super) use outcome::{Revision, Taken, Way};
pub(crate) use write::THREAD_MAX;
pub(super) use write::is_recent;

/// The status whose object is `uri`: known, or fetched from its origin and kept.
///
/// Errors: as [`Failure`] says; `Gone` for what was deleted.
pub(crate) async fn resolve(app: &App, uri: &str, budget: &Budget) -> Result<StatusId, Failure> {
    resolve_at(app, uri, 0, budget).await
}

/// As [`resolve`], for a status that is `depth` answers above one that came in.
pub(crate) async fn resolve_at(app: &App, uri: &str, depth: usize, budget: &Budget) -> Result<StatusId, Failure> {
    if let Some(found) = find(app, uri).await? {
        return Ok(found);
    }
    let document = fetch(app, uri, budget).await?;
    match document::text(&document, "id") {
        Some(id) if id != uri => {
            if let Some(found) = find(app, id).await? {
                return Ok(found);
            }
        }
        _ => {}
    }
    let (note, author) = read(app, &document, budget).await?;
    match take(app, note, author, Way::Pulled { depth }, budget).await? {
        Taken::New(id) | Taken::Known(id) => Ok(id),
        Taken::Dropped(reason) => Err(Failure::Refused(reason.into())),
    }
}

/// Asks for a status again that is known, and takes over what is new. What its origin no longer has, and nobody here
/// follows the author of, is deleted here too.
pub(crate) async fn refresh(app: &App, id: StatusId, budget: &Budget) -> Result<(), Failure> {
    let status = app.read(move |r| async move { Ok(statuses::find(&r, id).await?) }).await?;
    let Some(status) = status.filter(|status| !status.local && status.reblog_of_id.is_none()) else { return Ok(()) };
    match fetch(app, &status.uri, budget).await {
        Ok(document) => {
            let (note, author) = read(app, &document, budget).await?;
            if note.id != status.uri || author.id != status.account_id {
                return Err(Failure::Refused("the status is another's now".into()));
            }
            revise(app, note, author, budget).await.map(drop)
        }
        Err(failure @ (Failure::Gone | Failure::Missing(404))) => {
            app.write(move |tx| async move {
                let Some(status) = statuses::find(&tx, id).await?.filter(|status| status.visibility().counts_as_reply()) else { return Ok(()) };
                if remote_statuses::has_followers(&tx, &[status.account_id]).await? {
                    return Ok(());
                }
                crate::statuses::delete::hide(&tx, &status, true).await
            })
            .await?;
            Err(failure)
        }
        Err(failure) => Err(failure),
    }
}

/// Whether its origin has a status at this address. Errors: `Gone` or `Missing` if not.
pub(super) async fn exists(app: &App, uri: &str, budget: &Budget) -> Result<(), Failure> {
    let document = fetch(app, uri, budget).await?;
    if document::is_a(&document, "Tombstone") { Err(Failure::Gone) } else { Ok(()) }
}

/// The document of a status at its origin.
async fn fetch(app: &App, uri: &str, budget: &Budget) -> Result<Value, Failure> {
    let domain = domain_of(uri).ok_or_else(|| Failure::Refused("it has no address".into()))?;
    if app.context().rule(&domain).suspended {
        return Err(Failure::Refused(format!("{domain} is blocked here")));
    }
    budget.spend()?;
    fetch::document(app, uri, As::Instance).await
}

/// A status of a fetched document with its author, who is of the same origin.
async fn read(app: &App, document: &Value, budget: &Budget) -> Result<(Note, Account), Failure> {
    let note = note::read(document).ok_or_else(|| Failure::Refused("there is no status at that address".into()))?;
    let author = note.attributed_to.iter().find(|author| same_origin(author, &note.id));
    let author = author.ok_or_else(|| Failure::Refused("the status has no author of its own server".into()))?;
    let id = resolve::account(app, author, budget).await?;
    let account = app.read(move |r| async move { accounts::find(&r, id).await?.ok_or_else(Error::not_found) }).await?;
    if account.is_local() || account.suspended_at.is_some() {
        return Err(Failure::Refused("its author is suspended here, or lives here".into()));
    }
    Ok((note, account))
}

/// Keeps a status, if anybody here cares, its author has not taken it back, and it is not known.
pub(super) async fn take(app: &App, note: Note, author: Account, way: Way, budget: &Budget) -> Result<Taken, Failure> {
    let plan = match plan::plan(app, note, author, &way, budget).await? {
        Ok(plan) => plan,
        Err(reason) => return Ok(Taken::Dropped(reason)),
    };
    let (urls, active_since) = (app.urls().clone(), app.active_since());
    Ok(app.write(move |tx| async move { write::write(&tx, &urls, plan, way, active_since).await }).await?)
}

/// Takes over what its author has changed of a known status.
pub(super) async fn revise(app: &App, note: Note, author: Account, budget: &Budget) -> Result<Revision, Failure> {
    let uri = note.id.clone();
    let known = app.read(move |r| async move { Ok(remote_statuses::find_by_uri(&r, &uri).await?) }).await?;
    match known {
        None => return Ok(Revision::Unknown),
        Some(known) if known.account_id != author.id => return Ok(Revision::Dropped("it is another's status")),
        Some(known) if known.deleted_at.is_some() => return Ok(Revision::Dropped("it is deleted")),
        Some(_) => {}
    }
    let plan = match plan::plan(app, note, author, &Way::Pulled { depth: 0 }, budget).await? {
        Ok(plan) => plan,
        Err(reason) => return Ok(Revision::Dropped(reason)),
    };
    Ok(app.write(move |tx| async move { revise::write(&tx, plan).await }).await?)
}

/// What is known of an address that its author took back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    Nothing,
    /// Within the last hours: a late original is no news.
    Withdrawn,
    /// Longer ago; it may have been restored at its origin.
    Deleted,
}

pub(super) async fn past(app: &App, author: &Account, uri: &str) -> Result<Past> {
    let (author, author_uri, uri, now) = (author.id, author.uri.clone(), uri.to_owned(), app.now_ms());
    app.read(move |r| async move {
        if withdrawn::is_withdrawn(&r, &author_uri, &uri, now).await? {
            return Ok(Past::Withdrawn);
        }
        Ok(if tombstones::is_of(&r, &uri, author).await? { Past::Deleted } else { Past::Nothing })
    })
    .await
}

/// Somebody whom a status names, by address or by handle.
pub(crate) async fn person(app: &App, named: &str, budget: &Budget) -> Result<AccountId, Failure> {
    match named.strip_prefix(plan::HANDLE) {
        Some(handle) => plan::by_handle(app, handle, budget).await,
        None => resolve::account(app, named, budget).await,
    }
}

/// Whether `note` names `actor` among its authors; who is not named at all is the one who sent it.
pub(super) fn is_by(note: &Note, actor: &Account) -> bool {
    note.attributed_to.is_empty() || note.attributed_to.contains(&actor.uri)
}

/// Lets the inbox's owner see a status that its author sent to them alone, once more. Never anybody else.
pub(super) async fn admit(app: &App, status: StatusId, owner: AccountId) -> Result<()> {
    app.write(move |tx| async move { Ok(statuses::insert_mention(&tx, status, owner, true).await.map(drop)?) }).await
}
