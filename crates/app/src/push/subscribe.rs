//! Subscribing to pushes: one subscription for each access token.

use std::collections::BTreeMap;

use store::push_subscriptions::{self, PushSubscription};
use store::{PushSubscriptionId, TokenId};
use url::Url;

use super::seal::ClientKeys;
use crate::{App, Error, Result, Viewer, Words};

/// Characters of an endpoint; those of push services have a few hundred.
const ENDPOINT_MAX: usize = 2048;
/// Characters of a key: 65 bytes in Base64, with room for padding and white space.
const KEY_MAX: usize = 128;
/// From whom a client wants to hear; any other word means nobody.
const POLICIES: [&str; 4] = ["all", "followed", "follower", "none"];

/// What a client wants to be told of.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// `all` without one; an unknown one means nothing at all.
    pub policy: Option<String>,
    /// By kind of notification; what is not named is not wanted.
    pub alerts: BTreeMap<String, bool>,
}

impl Wishes {
    fn columns(&self) -> (String, String) {
        let alerts = serde_json::to_string(&self.alerts).unwrap_or_else(|_| "{}".to_owned());
        let policy = match self.policy.as_deref() {
            None => "all",
            Some(known) => POLICIES.into_iter().find(|policy| *policy == known).unwrap_or("none"),
        };
        (policy.to_owned(), alerts)
    }
}

/// Where a client wants to be told.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub endpoint: String,
    /// Base64.
    pub p256dh: String,
    pub auth: String,
    /// RFC 8291, else the older aesgcm.
    pub standard: bool,
}

/// The name a subscription's secret is sealed for.
pub fn secret_name(id: PushSubscriptionId) -> String {
    format!("push subscription {id}")
}

fn token(viewer: &Viewer) -> Result<TokenId> {
    viewer.token_id.ok_or_else(Error::not_found)
}

/// Subscribes the viewer's client, in place of what it had before.
///
/// Errors: `Invalid` for an endpoint that cannot be asked, and for keys that are none.
/// Source: docs.joinmastodon.org/methods/push/#create
pub async fn subscribe(app: &App, viewer: &Viewer, place: Place, wishes: Wishes) -> Result<PushSubscription> {
    let (token_id, user_id) = (token(viewer)?, viewer.user_id);
    check(app, &place)?;
    let (master_key, (policy, alerts)) = (app.options.master_key.clone(), wishes.columns());
    app.write(move |tx| async move {
        let id = push_subscriptions::next_id(&tx).await?;
        let new = PushSubscription {
            id,
            token_id,
            user_id,
            endpoint: place.endpoint,
            key_p256dh: place.p256dh,
            sealed_key_auth: master_key.seal(&secret_name(id), place.auth.as_bytes())?,
            standard: place.standard,
            policy,
            alerts,
            failed_at: None,
        };
        push_subscriptions::replace(&tx, &new).await?;
        Ok(new)
    })
    .await
}

fn check(app: &App, place: &Place) -> Result<()> {
    let mut problems = Vec::new();
    // Where its host leads is looked at when something is sent, each time.
    let is_address = |url: Url| url.has_host() && (url.scheme() == "https" || app.net.check(&url).is_ok());
    if place.endpoint.trim().is_empty() {
        problems.push(Words::new("invalid-endpoint-blank"));
    } else if place.endpoint.len() > ENDPOINT_MAX || !Url::parse(&place.endpoint).is_ok_and(is_address) {
        problems.push(Words::new("invalid-endpoint"));
    }
    let is_short = place.p256dh.len() <= KEY_MAX && place.auth.len() <= KEY_MAX;
    if !is_short || ClientKeys::read(&place.p256dh, &place.auth).is_none() {
        problems.push(Words::new("invalid-push-key"));
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// The subscription of the viewer's client. Errors: `NotFound`.
///
/// Source: docs.joinmastodon.org/methods/push/#get
pub async fn show(app: &App, viewer: &Viewer) -> Result<PushSubscription> {
    let token = token(viewer)?;
    app.read(move |r| async move { push_subscriptions::find_of_token(&r, token).await?.ok_or_else(Error::not_found) }).await
}

/// Changes what it is told of, all of it. Errors: `NotFound`.
///
/// Source: docs.joinmastodon.org/methods/push/#update
pub async fn update(app: &App, viewer: &Viewer, wishes: Wishes) -> Result<PushSubscription> {
    let (token, (policy, alerts)) = (token(viewer)?, wishes.columns());
    app.write(move |tx| async move {
        push_subscriptions::update(&tx, token, &policy, &alerts).await?;
        push_subscriptions::find_of_token(&tx, token).await?.ok_or_else(Error::not_found)
    })
    .await
}
