//! Actors of other servers: from document to account.

use serde_json::Value;
use store::remote_accounts::{self as rows, Known, Profile};
use store::{AccountId, Tx};
use wire::activity::actor::{self, Actor, InlineKey, Key, Material};
use wire::activity::document;
use wire::signature::PublicKey;
use wire::webfinger::Handle;

use super::budget::Budget;
use super::fetch::{self, As, Failure};
use super::{domains, emojis, lengths, same_origin, webfinger};
use crate::bus::{self, Event};
use crate::effects::{index, refresh};
use crate::present::account::StoredField;
use crate::queue::{self, FetchCounters, FetchFeatured, RefreshAccount, RemoveAccount};
use crate::urls::domain_of;
use crate::{App, Result};

/// Of `keypairs.kind`.
const RSA: i64 = 0;
const ED25519: i64 = 1;
/// How the text of an Ed25519 key begins. Source: FEP-521a; the multicodec ed25519-pub in base 58
const ED25519_PREFIX: &str = "z6Mk";

/// Keeps what `document`, which came from its own origin, says of its actor: a new account, or what is new about a
/// known one. A new handle is verified by WebFinger.
///
/// Errors: `Refused` for what is no actor, is one of ours, is of a blocked server, or whose handle is not its own.
pub async fn keep(app: &App, document: &Value, budget: &Budget) -> Result<AccountId, Failure> {
    let actor = actor::read(document)?;
    take(app, actor, budget, false).await
}

/// As [`keep`], of an actor that came within an activity, signed with a key of it. The vocabulary's context is the
/// activity's, which most servers write only once. One that would leave the actor without any
/// key is `Refused`: whoever has none cannot say so, and the actor could not be asked by what it signs.
pub async fn keep_sent(app: &App, document: &Value, budget: &Budget) -> Result<AccountId, Failure> {
    let actor = actor::read_embedded(document)?;
    take(app, actor, budget, true).await
}

async fn take(app: &App, mut actor: Actor, budget: &Budget, needs_key: bool) -> Result<AccountId, Failure> {
    lengths::cut_actor(&mut actor);
    check_domain(app, &domain_of(&actor.id).unwrap_or_default())?;
    let uri = actor.id.clone();
    let known = app.read(move |r| async move { Ok(rows::find_by_uri(&r, &uri).await?) }).await?;
    if known.as_ref().is_some_and(|known| known.domain.is_empty()) {
        return Err(Failure::refused("an account of this server is not kept anew"));
    }
    let handle = handle(app, &actor, known.as_ref(), budget).await?;
    let keys = listed_keys(app, &actor, budget).await?;
    if needs_key && !keys.iter().any(|key| PublicKey::read(&key.public_key).is_ok()) {
        return Err(Failure::refused("the actor would have no key"));
    }
    let taken = Taken { profile: profile(&actor)?, handle, keys, actor, met_by_the_way: budget.is_by_the_way() };
    let account = app.write(move |tx| async move { write(&tx, taken).await }).await?;
    app.signers.forget(account);
    Ok(account)
}

/// A server whose actors are taken: not ours, not blocked.
fn check_domain(app: &App, domain: &str) -> Result<(), Failure> {
    if app.urls().is_local_domain(domain) {
        return Err(Failure::refused("an account of this server is not taken from elsewhere"));
    }
    if app.context().rule(domain).suspended {
        return Err(Failure::refused(format!("{domain} is blocked here")));
    }
    Ok(())
}

/// The handle that the actor has, verified unless it is the one it had.
async fn handle(app: &App, actor: &Actor, known: Option<&Known>, budget: &Budget) -> Result<Handle, Failure> {
    let claims = claims(actor);
    if let Some(known) = known {
        let is_kept =
            |claim: &Handle| claim.username.eq_ignore_ascii_case(&known.username) && (actor.webfinger.is_none() || claim.domain == known.domain);
        if claims.first().is_some_and(is_kept) {
            return Ok(Handle { username: known.username.clone(), domain: known.domain.clone() });
        }
    }
    let mut failure = Failure::refused("the actor claims no handle that can be one");
    for claim in claims {
        match verified(app, actor, &claim, budget).await {
            Ok(handle) => return Ok(handle),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// What the actor says its handle is: in full, then by its name and its host.
fn claims(actor: &Actor) -> Vec<Handle> {
    let full = actor.webfinger.as_ref().and_then(|(name, domain)| Handle::of(name, domain));
    let by_host = || Handle::of(actor.username.as_deref()?, &domain_of(&actor.id)?);
    let mut claims: Vec<Handle> = full.into_iter().collect();
    claims.extend(by_host().filter(|claim| !claims.contains(claim)));
    claims
}

async fn verified(app: &App, actor: &Actor, claim: &Handle, budget: &Budget) -> Result<Handle, Failure> {
    check_domain(app, &claim.domain)?;
    let answer = webfinger::find(app, claim, budget).await?;
    check_domain(app, &answer.subject.domain)?;
    if answer.actor != actor.id {
        return Err(Failure::refused(format!("{} names the actor {}, not {}", claim.resource(), answer.actor, actor.id)));
    }
    Ok(answer.subject)
}

/// The keys of the actor: those in its document that are its own, and others that say so where they are.
async fn listed_keys(app: &App, actor: &Actor, budget: &Budget) -> Result<Vec<rows::Key>, Failure> {
    let now = app.now_ms();
    let mut found: Vec<rows::Key> = Vec::new();
    for key in &actor.keys {
        let key = match key {
            Key::Inline(key) if key.is_own(&actor.id) => Some(key.clone()),
            Key::Inline(InlineKey { id, .. }) | Key::At(id) => match key_at(app, id, &actor.id, budget).await {
                Ok(key) => Some(key),
                Err(Failure::Internal(error)) => return Err(Failure::Internal(error)),
                // A key that cannot be had is none; the others may be.
                Err(_) => None,
            },
        };
        let is_in_force = |key: &InlineKey| key.revoked_at.is_none_or(|at| at > now) && key.expires_at.is_none_or(|at| at > now);
        if let Some(row) = key.filter(is_in_force).map(row)
            && found.iter().all(|known| known.uri != row.uri)
        {
            found.push(row);
        }
    }
    Ok(found)
}

/// The key at an address of its own, if it says that it is this actor's. Some servers answer with a stub of the actor that
/// has the key within.
async fn key_at(app: &App, id: &str, owner: &str, budget: &Budget) -> Result<InlineKey, Failure> {
    if !same_origin(id, owner) {
        return Err(Failure::refused("a key lies at another server than its actor"));
    }
    budget.spend()?;
    let document = fetch::document(app, id, As::Instance).await?;
    let itself = [&document].into_iter();
    let candidates = itself.chain(document::many(&document, "publicKey")).chain(document::many(&document, "assertionMethod"));
    let found = candidates.filter_map(|value| actor::key(value, owner)).find_map(|key| match key {
        Key::Inline(key) if key.id == id && key.owner == owner => Some(key),
        _ => None,
    });
    found.ok_or_else(|| Failure::refused("the key does not say whose it is"))
}

fn row(key: InlineKey) -> rows::Key {
    let (kind, public_key) = match key.material {
        Material::Multibase(text) if text.starts_with(ED25519_PREFIX) => (ED25519, text),
        Material::Pem(text) | Material::Multibase(text) => (RSA, text),
    };
    rows::Key { uri: key.id, kind, public_key }
}

/// An actor that may be kept.
struct Taken {
    actor: Actor,
    profile: Profile,
    handle: Handle,
    keys: Vec<rows::Key>,
    met_by_the_way: bool,
}

fn profile(actor: &Actor) -> Result<Profile> {
    let json = |value: &Vec<String>| serde_json::to_string(value).map_err(crate::Error::internal);
    let field = |field: &actor::Field| StoredField { name: field.name.clone(), value: text::sanitize::html(&field.value), verified_at: None };
    let fields: Vec<StoredField> = actor.fields.iter().map(field).collect();
    let (icon, image) = (actor.icon.clone(), actor.image.clone());
    let (avatar_remote_url, avatar_description) = icon.map(|picture| (picture.url, picture.description)).unwrap_or_default();
    let (header_remote_url, header_description) = image.map(|picture| (picture.url, picture.description)).unwrap_or_default();
    Ok(Profile {
        uri: actor.id.clone(),
        url: actor.url.clone(),
        actor_type: actor.kind,
        display_name: actor.name.clone(),
        note: text::sanitize::html(&actor.summary),
        fields: serde_json::to_string(&fields).map_err(crate::Error::internal)?,
        locked: actor.locked,
        discoverable: actor.discoverable,
        indexable: actor.indexable,
        memorial: actor.memorial,
        inbox_url: actor.inbox.clone(),
        shared_inbox_url: actor.shared_inbox.clone(),
        outbox_url: actor.outbox.clone(),
        followers_url: actor.followers.clone(),
        following_url: actor.following.clone(),
        featured_url: actor.featured.clone(),
        avatar_remote_url,
        header_remote_url,
        avatar_description,
        header_description,
        also_known_as: json(&actor.also_known_as)?,
        attribution_domains: json(&actor.attribution_domains)?,
        emojis: String::new(),
        show_media: actor.show_media,
        show_media_replies: actor.show_media_replies,
        show_featured: actor.show_featured,
    })
}

async fn write(tx: &Tx, taken: Taken) -> Result<AccountId> {
    let Taken { actor, mut profile, handle, keys, met_by_the_way } = taken;
    let known = row_of(tx, &actor, &handle).await?;
    let id = known.id;
    profile.emojis = emojis::keep(tx, &handle.domain, &actor.emojis).await?;
    rows::update(tx, id, &profile).await?;
    rows::replace_keys(tx, id, &keys).await?;
    match (actor.suspended, known.suspended_at, known.suspension_origin) {
        (true, None, _) => rows::set_suspension(tx, id, Some(rows::REMOTE)).await?,
        (false, Some(_), Some(rows::REMOTE)) => rows::set_suspension(tx, id, None).await?,
        // What was decided here is lifted here.
        _ => {}
    }
    index::profile_changed(tx, id, known.indexable != profile.indexable).await?;
    queue::enqueue(tx, &FetchCounters { account: id }).await?;
    bus::publish(tx, &Event::KeysChanged { account: id });
    if known.fetched_at.is_none() && !met_by_the_way {
        queue::enqueue(tx, &FetchFeatured { account: id }).await?;
    }
    // Last: this locks the host's row, which deliveries want, too.
    refresh::software(tx, &actor.id).await?;
    Ok(id)
}

/// The row of the actor: the one with its id; else the one with its handle, whose server has lost its accounts and made
/// them anew; else a new one.
async fn row_of(tx: &Tx, actor: &Actor, handle: &Handle) -> Result<Known> {
    let holder = rows::find_by_handle(tx, &handle.username, &handle.domain).await?;
    if let Some(known) = rows::find_by_uri(tx, &actor.id).await? {
        if let Some(holder) = holder.filter(|holder| holder.id != known.id) {
            rows::set_handle(tx, holder.id, &rows::lost_handle(holder.id), &holder.domain).await?;
            queue::enqueue(tx, &RefreshAccount { account: holder.id }).await?;
        }
        if known.username != handle.username || known.domain != handle.domain {
            rows::set_handle(tx, known.id, &handle.username, &handle.domain).await?;
        }
        return Ok(known);
    }
    if let Some(holder) = holder {
        return Ok(holder);
    }
    let id = AccountId(tx.next_id());
    let created_at = actor.published.unwrap_or(i64::MAX).clamp(0, tx.now());
    rows::insert(tx, id, &handle.username, &handle.domain, &actor.id, created_at).await?;
    domains::apply_to_new(tx, id, &handle.domain).await?;
    // Of two at once the second finds the row of the first.
    let row = rows::find_by_uri(tx, &actor.id).await?;
    row.ok_or_else(|| crate::Error::Conflict(format!("the account of {} was made meanwhile", actor.id)))
}

/// Its server says that the account is gone: hidden at once, removed by a job.
pub async fn remove(app: &App, account: AccountId) -> Result<()> {
    app.write(move |tx| async move {
        if rows::find(&tx, account).await?.is_some_and(|known| !known.domain.is_empty()) {
            rows::set_suspension(&tx, account, Some(rows::REMOTE)).await?;
            queue::enqueue(&tx, &RemoveAccount { account }).await?;
        }
        Ok(())
    })
    .await
}
