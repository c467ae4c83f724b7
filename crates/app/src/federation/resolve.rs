//! What an address or a handle names: known here, or fetched from where it lives.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use store::remote_accounts::{self as rows, Known};
use store::{AccountId, StatusId, accounts};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use wire::webfinger::Handle;

use super::budget::Budget;
use super::fetch::{self, As, Failure};
use super::{actor, asker, domain_of, webfinger};
use crate::App;
use crate::clock::DAY_MS;
use crate::net::{Site, registrable};
use crate::queue::{self, RefreshAccount};
use crate::urls::place::{Place, place};

/// An account whose document is older is asked for again when somebody meets it.
pub const STALE_AFTER_MS: i64 = DAY_MS;
/// Hosts below one domain that may bring their first account within [`WINDOW_MS`]: names cost nothing, and whoever has a
/// wildcard could have us ask without end. Names of private networks are not counted: nobody else can have one.
const HOSTS_PER_DOMAIN_MAX: usize = 10;
const WINDOW_MS: i64 = DAY_MS;
/// How long one new account may take with all that must be asked for it.
const ACCOUNT_TIME: Duration = Duration::from_secs(40);
/// How long one waits until another has fetched the same account.
const TURN_TIME: Duration = Duration::from_secs(15);
/// Domains whose new hosts are counted at a time.
const DOMAINS_COUNTED_MAX: usize = 10_000;
/// Accounts that are being fetched, each by one task at a time.
const TURNS_MAX: usize = 10_000;

/// What is remembered of resolving, in memory.
pub(crate) struct Resolving {
    /// By address or handle: whoever comes second waits for the first.
    turns: Cache<String, Arc<AsyncMutex<()>>>,
    discovered: Mutex<Discovered>,
}

impl Default for Resolving {
    fn default() -> Resolving {
        Resolving { turns: Cache::new(TURNS_MAX), discovered: Mutex::default() }
    }
}

impl Resolving {
    fn turn(&self, of: &str) -> Arc<AsyncMutex<()>> {
        let Ok(turn) = self.turns.get_or_insert_with(of, || Ok::<_, Infallible>(Arc::default()));
        turn
    }
}

/// New hosts of each domain, since when they are counted.
#[derive(Default)]
struct Discovered {
    since_ms: i64,
    hosts: HashMap<String, HashSet<String>>,
}

impl Discovered {
    /// Whether one more host may be asked for its first account.
    fn admits(&mut self, host: &str, now_ms: i64) -> bool {
        if super::is_private_name(host) {
            return true;
        }
        if !(0..WINDOW_MS).contains(&(now_ms - self.since_ms)) || self.hosts.len() >= DOMAINS_COUNTED_MAX {
            *self = Discovered { since_ms: now_ms, hosts: HashMap::new() };
        }
        let seen = self.hosts.entry(registrable(host).to_owned()).or_default();
        seen.contains(host) || seen.len() < HOSTS_PER_DOMAIN_MAX && seen.insert(host.to_owned())
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_brings_a_few_new_hosts_a_day() {
        let mut discovered = Discovered::default();
        for number in 0..HOSTS_PER_DOMAIN_MAX {
            assert!(discovered.admits(&format!("h{number}.evil.example"), 1));
        }
        assert!(!discovered.admits("more.evil.example", 2) && discovered.admits("h0.evil.example", 2) && discovered.admits("other.example", 2));
        assert!(discovered.admits("more.evil.example", 1 + WINDOW_MS));
        for number in 0..3 * DOMAINS_COUNTED_MAX {
            discovered.admits(&format!("d{number}.example"), 2 + WINDOW_MS);
        }
        assert!(discovered.hosts.len() <= DOMAINS_COUNTED_MAX);
    }
}
