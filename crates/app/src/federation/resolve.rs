//! What an address or a handle names: known here, or fetched from where it lives.

use std::sync::PoisonError;
use std::time::Duration;

use store::remote_accounts::{self as rows, Known};
use store::{AccountId, StatusId, accounts};
use tokio::sync::OwnedMutexGuard;
use wire::webfinger::Handle;

use super::budget::Budget;
use super::fetch::{self, As, Failure};
use super::{actor, asker, webfinger};
use crate::App;
use crate::clock::DAY_MS;
use crate::net::Site;
use crate::queue::{self, RefreshAccount};
use crate::urls::domain_of;
use crate::urls::place::{Place, place};

/// An account whose document is older is asked for again when somebody meets it.
pub const STALE_AFTER_MS: i64 = DAY_MS;
/// How long one new account may take with all that must be asked for it.
const ACCOUNT_TIME: Duration = Duration::from_secs(40);
/// How long one waits until another has fetched the same account.
const TURN_TIME: Duration = Duration::from_secs(15);

/// Who comes second waits until the first has fetched what is there, for a while.
///
/// Errors: `Unreachable` if too many wait for this server, or it takes too long.
async fn turn(app: &App, of: &str, domain: &str) -> Result<OwnedMutexGuard<()>, Failure> {
    let turn = app.resolving.turn(of);
    if let Ok(turn) = turn.clone().try_lock_owned() {
        return Ok(turn);
    }
    let _place = asker::turn(app, &Site::of_domain(domain)).await?;
    let turn = tokio::time::timeout(TURN_TIME, turn.lock_owned()).await;
    turn.map_err(|_| Failure::Unreachable(format!("another waits for {of}")))
}

/// The account whose actor is `uri`: known, or fetched and verified by WebFinger. One that is known and was not asked for
/// in a day is asked for again, later.
///
/// Errors: as [`Failure`] says; `Missing` for an address of ours that is nobody's.
pub async fn account(app: &App, uri: &str, budget: &Budget) -> Result<AccountId, Failure> {
    if let Some(found) = local(app, uri).await? {
        return found.account().ok_or(Failure::Missing(404));
    }
    let uri = uri.split('#').next().unwrap_or(uri);
    if let Some(id) = known_account(app, uri).await? {
        return Ok(id);
    }
    let _turn = turn(app, uri, &domain_of(uri).unwrap_or_default()).await?;
    if let Some(id) = known_account(app, uri).await? {
        return Ok(id);
    }
    discover(app, &domain_of(uri).unwrap_or_default()).await?;
    budget.spend()?;
    let taken = tokio::time::timeout(ACCOUNT_TIME, async {
        let document = fetch::document(app, uri, As::Instance).await?;
        actor::keep(app, &document, budget).await
    });
    taken.await.unwrap_or_else(|_| Err(Failure::Unreachable(format!("{uri} was not there in time"))))
}

/// The account with this handle: known, or found by WebFinger. `domain` is not ours.
///
/// Errors: as [`Failure`] says; `Refused` for what cannot be a handle.
pub async fn account_by_handle(app: &App, username: &str, domain: &str, budget: &Budget) -> Result<AccountId, Failure> {
    let handle = Handle::of(username, domain).ok_or_else(|| Failure::refused(format!("not a handle: {username:?} at {domain:?}")))?;
    if app.urls().is_local_domain(&handle.domain) {
        return Err(Failure::refused("an account of this server is not looked for elsewhere"));
    }
    if let Some(id) = known_handle(app, &handle).await? {
        return Ok(id);
    }
    let _turn = turn(app, &handle.resource().to_lowercase(), &handle.domain).await?;
    if let Some(id) = known_handle(app, &handle).await? {
        return Ok(id);
    }
    discover(app, &handle.domain).await?;
    let answer = webfinger::find(app, &handle, budget).await?;
    account(app, &answer.actor, budget).await
}

/// What an address typed by a person leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Account(AccountId),
    Status(StatusId),
}

impl Found {
    fn account(self) -> Option<AccountId> {
        match self {
            Found::Account(id) => Some(id),
            Found::Status(_) => None,
        }
    }
}

/// What an address of ours is of. `None` for one that is not ours.
///
/// Errors: `Missing` for one of ours that there is nothing at: it is never fetched.
pub(super) async fn local(app: &App, uri: &str) -> Result<Option<Found>, Failure> {
    if !domain_of(uri).is_some_and(|domain| app.urls().is_local_domain(&domain)) {
        return Ok(None);
    }
    let uri = uri.split('#').next().unwrap_or(uri).to_owned();
    let place = place(&app.urls().web_domain, &app.urls().account_domain, &uri);
    let is_instance_actor = uri == app.urls().instance_actor_uri();
    let found = app
        .read(move |r| async move {
            let account = match place {
                _ if is_instance_actor => accounts::find(&r, accounts::INSTANCE_ACTOR).await?,
                Some(Place::Account(id)) => accounts::find(&r, id).await?,
                Some(Place::Handle(handle)) => accounts::find_by_handle(&r, &handle.username, &handle.domain).await?,
                Some(Place::Name(name)) => accounts::find_by_handle(&r, &name, "").await?,
                Some(Place::Status(id)) => {
                    let status = store::statuses::find(&r, id).await?.filter(|status| status.local);
                    return Ok(status.map(|status| Found::Status(status.id)));
                }
                None => None,
            };
            Ok(account.filter(accounts::Account::is_local).map(|account| Found::Account(account.id)))
        })
        .await?;
    found.map(Some).ok_or(Failure::Missing(404))
}

pub(super) async fn known_account(app: &App, uri: &str) -> Result<Option<AccountId>, Failure> {
    let uri = uri.to_owned();
    let known = app.read(move |r| async move { Ok(rows::find_by_uri(&r, &uri).await?) }).await?;
    met(app, known).await
}

async fn known_handle(app: &App, handle: &Handle) -> Result<Option<AccountId>, Failure> {
    let handle = handle.clone();
    let known = app.read(move |r| async move { Ok(rows::find_by_handle(&r, &handle.username, &handle.domain).await?) }).await?;
    met(app, known).await
}

async fn met(app: &App, known: Option<Known>) -> Result<Option<AccountId>, Failure> {
    let Some(known) = known else { return Ok(None) };
    if is_stale(app, &known) {
        let account = known.id;
        app.write(move |tx| async move { queue::enqueue(&tx, &RefreshAccount { account }).await }).await?;
    }
    Ok(Some(known.id))
}

/// Whether a remote account should be asked for again.
pub(crate) fn is_stale(app: &App, known: &Known) -> bool {
    !known.domain.is_empty() && known.fetched_at.is_none_or(|at| app.now_ms() - at > STALE_AFTER_MS)
}

/// Counts a server that nobody is known of yet.
///
/// Errors: `Refused` for one of too many below the same domain.
pub(super) async fn discover(app: &App, domain: &str) -> Result<(), Failure> {
    let host = domain.to_owned();
    let known = app.read(move |r| async move { Ok(rows::list_of_domain(&r, &host, AccountId(i64::MIN), 1).await?) }).await?;
    let mut discovered = app.resolving.discovered.lock().unwrap_or_else(PoisonError::into_inner);
    if known.is_empty() && !discovered.admits(domain, app.now_ms()) {
        return Err(Failure::refused(format!("too many new servers below the domain of {domain}")));
    }
    Ok(())
}
