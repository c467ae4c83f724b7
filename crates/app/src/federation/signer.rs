//! Who sent a request: the actor whose key signed it, known here or fetched from where the key is.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use store::keypairs;
use wire::activity::{actor, address, document};
use wire::signature::{self, Claim, Incoming, Problem, PublicKey};

use super::budget::Budget;
use super::fetch::{self, As, Failure};
use super::resolve;
use super::{asker, same_origin};
pub use crate::cache::signers::Signer;
use crate::net::{Place, Refused, Site};
use crate::urls::domain_of;
use crate::{App, Error, Result};

/// How long a parsed key may be used before its row is looked at again.
const KNOWN_MS: i64 = 10 * 60_000;
/// Said of every key that a server which answers does not give, whatever the reason.
const NO_KEY: &str = "the key cannot be fetched";
/// Everything that finding one key may take.
const FINDING_TIME: Duration = Duration::from_secs(10);
/// Documents that may be fetched for one key: the key, its actor, its handle, the actor's other keys.
const FETCHES_MAX: usize = 20;

/// Why nobody is known to have sent a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not signed.
    Unsigned,
    /// Its signature proves nothing.
    Unproven(String),
    /// Its headers cannot be read.
    Malformed(&'static str),
    /// Its sender's server is blocked.
    Blocked,
    /// The server that has the key does not answer: it may work later.
    Unreachable,
    /// We have too much to do: it may work later.
    Busy(String),
    /// Ours.
    Internal(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        match error {
            Error::Temporary(why) | Error::Conflict(why) => Refusal::Busy(why),
            other => Refusal::Internal(other.to_string()),
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        match problem {
            Problem::Missing => Refusal::Unsigned,
            Problem::Malformed(why) => Refusal::Malformed(why),
            Problem::Refused(why) => Refusal::Unproven(why.into()),
        }
    }
}

/// What a request's headers say about its sender: all that can be checked without the body and the key is right.
#[derive(Debug)]
pub struct Named {
    claim: Claim,
    /// The host that has the key.
    domain: String,
}

impl Named {
    /// The host that has the key, as domains are written.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Errors: `Unproven` if the body is not the one that was signed.
    pub fn check_body(&self, body: &[u8]) -> Result<(), Refusal> {
        Ok(self.claim.check_body(body)?)
    }
}

/// Who a request says it is from, by its headers alone: its body need not be there yet.
///
/// Errors: as [`Refusal`] says; `Blocked` if the key is on a blocked server.
pub fn named(app: &App, request: &Incoming<'_>) -> Result<Named, Refusal> {
    let claim = signature::read_headers(request)?;
    let domain = domain_of_key(app, &claim.key_id)?;
    if app.context().rule(&domain).suspended { Err(Refusal::Blocked) } else { Ok(Named { claim, domain }) }
}

/// Whether the key is known, so that nobody has to be asked for it.
pub async fn is_known(app: &App, named: &Named) -> Result<bool, Refusal> {
    Ok(stored(app, &named.claim.key_id).await?.is_some())
}

/// Who signed a request, whose body has been checked. A key that is not known is fetched, once however many ask; if a known
/// one does not fit, its actor is asked once whether it has another.
///
/// Errors: as [`Refusal`] says. Nothing is fetched from a blocked server, from one that just did not answer, or from this
/// one.
pub async fn verify(app: &App, Named { claim, domain }: &Named) -> Result<Arc<Signer>, Refusal> {
    let (signer, is_fresh) = find(app, &claim.key_id, domain).await?;
    let signer = match claim.is_by(&signer.key) {
        true => signer,
        false if is_fresh => return Err(Refusal::Unproven("the signature is not of this key".into())),
        false => refreshed(app, claim, &signer, domain).await?,
    };
    check_domains(app, &signer)?;
    Ok(signer)
}

/// As [`verify`], by what is known here alone: nobody is asked. `None` if the key is not known, or does not fit.
///
/// Errors: `Blocked`, `Busy`, `Internal`.
pub async fn verify_known(app: &App, Named { claim, .. }: &Named) -> Result<Option<Arc<Signer>>, Refusal> {
    let Some(signer) = stored(app, &claim.key_id).await?.filter(|signer| claim.is_by(&signer.key)) else { return Ok(None) };
    check_domains(app, &signer)?;
    Ok(Some(signer))
}

/// The handle may be on another domain than the actor.
fn check_domains(app: &App, signer: &Signer) -> Result<(), Refusal> {
    let actor_is_blocked = domain_of(&signer.uri).is_none_or(|domain| app.context().rule(&domain).suspended);
    if app.context().rule(&signer.domain).suspended || actor_is_blocked { Err(Refusal::Blocked) } else { Ok(()) }
}

/// The host that has a key. A local one signs nothing that comes from elsewhere.
fn domain_of_key(app: &App, key_id: &str) -> Result<String, Refusal> {
    let unproven = |why: &str| Refusal::Unproven(why.to_owned());
    let domain = domain_of(key_id).filter(|_| address::is_address(key_id)).ok_or_else(|| unproven("the keyId is not an address"))?;
    if app.urls().is_local_domain(&domain) { Err(unproven("the key belongs to this server")) } else { Ok(domain) }
}

/// The holder of a key, and whether it was fetched just now.
async fn find(app: &App, key_id: &str, domain: &str) -> Result<(Arc<Signer>, bool), Refusal> {
    if let Some(signer) = cached(app, key_id) {
        return Ok((signer, false));
    }
    let mut is_fresh = false;
    let load = async {
        if let Some(signer) = load(app, key_id).await? {
            return Ok(signer);
        }
        is_fresh = true;
        fetch(app, key_id, domain).await
    };
    let signer = app.signers.known.get_or_insert_async(key_id, load).await?;
    Ok((signer, is_fresh))
}

/// The holder of a key from memory, unless it may be another by now.
fn cached(app: &App, key_id: &str) -> Option<Arc<Signer>> {
    let signers = &app.signers;
    let signer = signers.known.get(key_id)?;
    if !signers.is_changed(signer.account, signer.number) && app.now_ms() < signer.read_at_ms.saturating_add(KNOWN_MS) {
        return Some(signer);
    }
    signers.known.remove(key_id);
    None
}

/// The holder of a key from memory or by its row.
async fn stored(app: &App, key_id: &str) -> Result<Option<Arc<Signer>>, Refusal> {
    if let Some(signer) = cached(app, key_id) {
        return Ok(Some(signer));
    }
    let found = load(app, key_id).await?;
    if let Some(signer) = &found {
        app.signers.known.insert(key_id.to_owned(), signer.clone());
    }
    Ok(found)
}

/// The holder of a key by its row.
async fn load(app: &App, key_id: &str) -> Result<Option<Arc<Signer>>, Refusal> {
    let number = app.signers.next();
    let uri = key_id.to_owned();
    let Some(row) = app.read(move |r| async move { Ok(keypairs::find_by_uri(&r, &uri).await?) }).await? else { return Ok(None) };
    // One that cannot be used may have been replaced by one that can.
    let Ok(key) = PublicKey::read(&row.public_key) else { return Ok(None) };
    let signer = Signer { account: row.account_id, uri: row.actor_uri, domain: row.domain, key, read_at_ms: app.now_ms(), number };
    Ok(Some(Arc::new(signer)))
}

/// Fetches a key's actor, and keeps it with its keys.
async fn fetch(app: &App, key_id: &str, domain: &str) -> Result<Arc<Signer>, Refusal> {
    let (now, key, host) = (app.now_ms(), format!("key {key_id}"), format!("host {domain}"));
    let unwell = format!("unwell {key_id}");
    if app.signers.has_failed(&host, now) || app.signers.has_failed(&unwell, now) {
        return Err(Refusal::Unreachable);
    }
    if app.signers.has_failed(&key, now) {
        return Err(Refusal::Unproven(NO_KEY.into()));
    }
    let _place = place(app, domain).await?;
    let budget = Budget::new(FETCHES_MAX);
    let (kept, silent) = in_time(keep_holder(app, key_id, &budget)).await;
    match (kept, silent) {
        (Ok(()), _) => {}
        (Err(Failure::Internal(why)), _) => return Err(Refusal::Internal(why)),
        // Whether a name leads nowhere, to silence or into a private network, the answer is the same: else a stranger
        // could ask us which names this machine's neighbours have.
        (Err(failure), Some(silent)) => {
            tracing::debug!(key_id, %failure, silent, "a server that is asked for a key does not answer");
            // Where this host's redirects and handles lead says nothing about its other keys.
            app.signers.fail(if silent == domain { host } else { unwell }, now);
            return Err(Refusal::Unreachable);
        }
        (Err(failure @ Failure::Unreachable(_)), None) => {
            tracing::debug!(key_id, %failure, "a key is not there in time");
            app.signers.fail(host, now);
            return Err(Refusal::Unreachable);
        }
        // It does answer: whoever names an address that it has trouble with says nothing about its other keys.
        (Err(Failure::Unwell(_)), _) => {
            app.signers.fail(unwell, now);
            return Err(Refusal::Unreachable);
        }
        (Err(failure), _) => {
            tracing::debug!(key_id, %failure, "a key cannot be had");
            app.signers.fail(key, now);
            return Err(Refusal::Unproven(NO_KEY.into()));
        }
    }
    match load(app, key_id).await? {
        Some(signer) => Ok(signer),
        None => {
            app.signers.fail(key, now);
            Err(Refusal::Unproven("its owner does not list the key, or it is none that can be used".into()))
        }
    }
}

/// A place to look for a key of this host from.
async fn place(app: &App, domain: &str) -> Result<Place, Refusal> {
    app.pools.keys.place(&Site::of_domain(domain), app.now_ms()).await.map_err(|refused| match refused {
        Refused::Full => Refusal::Busy("too many keys are looked for at once".into()),
        Refused::Resting(_) => Refusal::Unreachable,
    })
}

/// What became of the search for a key, and the host that was asked last if it did not answer.
async fn in_time<T>(work: impl Future<Output = Result<T, Failure>>) -> (Result<T, Failure>, Option<String>) {
    let (done, silent) = asker::for_key(tokio::time::timeout(FINDING_TIME, work)).await;
    (done.unwrap_or_else(|_| Err(Failure::Unreachable("the key was not there in time".into()))), silent)
}

/// Keeps the actor that says of itself that a key is its own. At the key's address is the actor, a stub of it, or the key
/// with the address of its owner.
async fn keep_holder(app: &App, key_id: &str, budget: &Budget) -> Result<(), Failure> {
    resolve::discover(app, &domain_of(key_id).unwrap_or_default()).await?;
    budget.spend()?;
    let found = fetch::document(app, key_id, As::Instance).await?;
    let holder = if actor::read(&found).is_ok() {
        found
    } else {
        let owner = owner(&found).filter(|owner| same_origin(owner, key_id));
        let owner = owner.ok_or_else(|| Failure::Refused("the key does not say whose it is, or is of another server".into()))?;
        budget.spend()?;
        fetch::document(app, owner, As::Instance).await?
    };
    let id = document::text(&holder, "id").unwrap_or_default();
    if !same_origin(id, key_id) {
        return Err(Failure::Refused("the key's owner is of another server".into()));
    }
    super::actor::keep(app, &holder, budget).await.map(drop)
}

fn owner(key: &Value) -> Option<&str> {
    let inner = document::one(key, "publicKey").filter(|inner| inner.is_object()).unwrap_or(key);
    document::id_of(inner, "owner").or_else(|| document::id_of(inner, "controller"))
}

/// Asks a signer's actor, once in a while, whether its keys are others by now, and looks at the signature again.
async fn refreshed(app: &App, claim: &Claim, signer: &Signer, domain: &str) -> Result<Arc<Signer>, Refusal> {
    let unproven = || Refusal::Unproven("the signature is not of this key".into());
    let (now, refresh) = (app.now_ms(), format!("refresh {}", signer.uri));
    if app.signers.has_failed(&refresh, now) {
        return Err(unproven());
    }
    let _place = place(app, domain).await?;
    app.signers.fail(refresh, now);
    let budget = Budget::new(FETCHES_MAX);
    let keep = async {
        budget.spend()?;
        let holder = fetch::document(app, &signer.uri, As::Instance).await?;
        super::actor::keep(app, &holder, &budget).await
    };
    match in_time(keep).await {
        (Ok(_), _) => {}
        (Err(Failure::Internal(why)), _) => return Err(Refusal::Internal(why)),
        (Err(_), Some(_)) | (Err(Failure::Unreachable(_) | Failure::Unwell(_)), None) => return Err(Refusal::Unreachable),
        (Err(_), None) => return Err(unproven()),
    }
    app.signers.known.remove(claim.key_id.as_str());
    let (signer, _) = match load(app, &claim.key_id).await? {
        Some(_) => find(app, &claim.key_id, domain).await?,
        None => return Err(unproven()),
    };
    if claim.is_by(&signer.key) { Ok(signer) } else { Err(unproven()) }
}
